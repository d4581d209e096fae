// What a page of another origin does with the suite; ../web.sh bundles it, and `settings` come from browser.js.
import { createClient, Code, ConnectError } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { fromBinary, toBinary, create } from "@bufbuild/protobuf";
import { GrpcWebClientBase, MethodDescriptor, MethodType, StatusCode } from "grpc-web";
import {
  DiscoveryService, GetCreatorRequestSchema, GetCreatorResponseSchema, WatchCreatorsRequestSchema, WatchCreatorsResponseSchema,
} from "generated/creatorscope/discovery/v1/discovery_service_pb.js";

const { BASE, KEY, READ_KEY, BAD_KEY, id } = settings;
const report = [];

function equal(left, right, what) {
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}

const bearer = (key) => (key ? { authorization: `Bearer ${key}` } : {});
const connect = (key) =>
  createClient(DiscoveryService, createGrpcWebTransport({
    baseUrl: BASE,
    interceptors: [(next) => (request) => {
      if (key) request.header.set("authorization", `Bearer ${key}`);
      return next(request);
    }],
  }));

async function ingest(name, displayName) {
  const creator = { name, displayName, source: "SOURCE_GIVEN", observeTime: new Date().toISOString() };
  const headers = { ...bearer(KEY), "content-type": "application/x-ndjson" };
  const response = await fetch(`${BASE}/v1/creators:ingest`, { method: "POST", headers, body: JSON.stringify({ creators: [creator] }) });
  equal(response.status, 200, "ingest");
  if (!(await response.text()).includes("changeToken")) throw new Error("ingest answered without a token");
}

async function refusal(promise) {
  return promise.then(() => { throw new Error("it was answered"); }, (error) => error);
}

const tests = {
  async "JSON of another origin"() {
    await ingest(`creators/tiktok:web-${id}`, "Web");
    const response = await fetch(`${BASE}/v1/creators/tiktok:web-${id}`, { headers: bearer(KEY) });
    equal((await response.json()).creator.displayName, "Web", "name");
    if (!response.headers.get("x-request-id")) throw new Error("the page may not read x-request-id");
  },

  async "events of another origin"() {
    const name = `creators/tiktok:web-events-${id}`;
    await ingest(name, "Before");
    const headers = { ...bearer(KEY), accept: "text/event-stream" };
    const response = await fetch(`${BASE}/v1/creators:watch?creators=${encodeURIComponent(name)}`, { headers });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while (!seen.includes("After")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended: ${seen}`);
      if (value.includes("snapshotEnd")) await ingest(name, "After");
      seen += value;
    }
    await reader.cancel();
    equal(/^id: /m.test(seen) && /^data: \{"creator"/m.test(seen), true, `events in ${seen}`);
  },

  async "connect-web: unary"() {
    const { creator } = await connect(KEY).getCreator({ name: `creators/tiktok:web-${id}` });
    equal(creator.displayName, "Web", "name");
    equal(creator.followers, undefined, "followers");
  },

  async "connect-web: a stream delivers the change"() {
    const name = `creators/tiktok:web-connect-${id}`;
    await ingest(name, "Before");
    const names = [];
    for await (const { event } of connect(KEY).watchCreators({ creators: [name] })) {
      if (event.case === "creator") names.push(event.value.displayName);
      if (event.case === "snapshotEnd") await ingest(name, "After");
      if (names.includes("After")) break;
    }
    equal(names.join(), "Before,After", "names");
  },

  async "connect-web: errors and their details"() {
    const missing = ConnectError.from(await refusal(connect(KEY).getCreator({ name: "creators/tiktok:nobody" })));
    equal(missing.code, Code.NotFound, "code");
    equal(missing.details.map((detail) => detail.type).includes("google.rpc.ErrorInfo"), true, "details");
  },

  async "connect-web: a deadline"() {
    const client = connect(KEY);
    const error = await refusal((async () => { for await (const _ of client.watchCreators({ skipSnapshot: true }, { timeoutMs: 300 })); })());
    equal(ConnectError.from(error).code, Code.DeadlineExceeded, "code");
  },

  async "connect-web: keys that do not do"() {
    if (!BAD_KEY) return;
    equal(ConnectError.from(await refusal(connect(BAD_KEY).searchCreators({}))).code, Code.Unauthenticated, "revoked");
    equal(ConnectError.from(await refusal(connect("").searchCreators({}))).code, Code.Unauthenticated, "none");
    equal(ConnectError.from(await refusal(connect(READ_KEY).searchCreators({}))).code, Code.PermissionDenied, "scope");
  },
};

const method = (name, kind, input, output) =>
  new MethodDescriptor(`/${DiscoveryService.typeName}/${name}`, kind, null, null, (message) => toBinary(input, message), (bytes) => fromBinary(output, bytes));
const get = method("GetCreator", MethodType.UNARY, GetCreatorRequestSchema, GetCreatorResponseSchema);
const watch = method("WatchCreators", MethodType.SERVER_STREAMING, WatchCreatorsRequestSchema, WatchCreatorsResponseSchema);

for (const format of ["binary", "text"]) {
  const client = new GrpcWebClientBase({ format });
  const call = (name, key) =>
    new Promise((resolve, reject) =>
      client.rpcCall(`${BASE}${get.getName()}`, create(GetCreatorRequestSchema, { name }), bearer(key), get, (error, answer) => (error ? reject(error) : resolve(answer))));

  tests[`grpc-web, ${format}: unary`] = async () => {
    equal((await call(`creators/tiktok:web-${id}`, KEY)).creator.displayName, "Web", "name");
  };
  tests[`grpc-web, ${format}: errors`] = async () => {
    equal((await refusal(call("creators/tiktok:nobody", KEY))).code, StatusCode.NOT_FOUND, "code");
    if (BAD_KEY) equal((await refusal(call("creators/tiktok:nobody", BAD_KEY))).code, StatusCode.UNAUTHENTICATED, "revoked");
  };
}

// grpc-web streams as text only.
tests["grpc-web, text: a stream delivers the change"] = async () => {
  const name = `creators/tiktok:web-text-${id}`;
  await ingest(name, "Before");
  const client = new GrpcWebClientBase({ format: "text" });
  const names = await new Promise((resolve, reject) => {
    const stream = client.serverStreaming(`${BASE}${watch.getName()}`, create(WatchCreatorsRequestSchema, { creators: [name] }), bearer(KEY), watch);
    const names = [];
    stream.on("error", reject);
    stream.on("data", ({ event }) => {
      if (event.case === "creator") names.push(event.value.displayName);
      if (event.case === "snapshotEnd") ingest(name, "After").catch(reject);
      if (names.includes("After")) { stream.cancel(); resolve(names); }
    });
  });
  equal(names.join(), "Before,After", "names");
};

async function main() {
  for (const [what, test] of Object.entries(tests)) {
    const limit = new Promise((_, reject) => setTimeout(() => reject(new Error("no end within 10 s")), 10_000));
    try {
      await Promise.race([test(), limit]);
      report.push(`ok: ${what}`);
    } catch (error) {
      report.push(`FAILED: ${what}: ${error}`);
    }
  }
  await fetch("/report", { method: "POST", body: report.join("\n") });
}
main();
