// What a Node program does with @grpc/grpc-js and @grpc/proto-loader; see node.sh.
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const { ADDRESS, KEY, READ_KEY, BAD_KEY, CA, PROTO } = process.env;
const definitions = loader.loadSync("creatorscope/discovery/v1/discovery_service.proto", {
  includeDirs: [PROTO], enums: String, longs: String, oneofs: true,
});
const { DiscoveryService } = grpc.loadPackageDefinition(definitions).creatorscope.discovery.v1;
const transport = CA ? grpc.credentials.createSsl(readFileSync(CA)) : grpc.credentials.createInsecure();
const discovery = new DiscoveryService(ADDRESS, transport);

const call = (method, request, key = KEY) =>
  new Promise((resolve, reject) => {
    const metadata = new grpc.Metadata();
    if (key) metadata.set("authorization", `Bearer ${key}`);
    discovery[method](request, metadata, { deadline: Date.now() + 60_000 }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });

const metadata = () => {
  const metadata = new grpc.Metadata();
  if (KEY) metadata.set("authorization", `Bearer ${KEY}`);
  return metadata;
};

const profile = (name, displayName) => {
  const observeTime = { seconds: Math.floor(Date.now() / 1000), nanos: (Date.now() % 1000) * 1e6 };
  return { creators: [{ name, displayName, languages: ["de"], source: "SOURCE_GIVEN", observeTime }] };
};

async function ingest(...requests) {
  const stream = discovery.IngestCreators(metadata());
  for (const request of requests) stream.write(request);
  stream.end();
  const answers = [];
  for await (const answer of stream) answers.push(answer);
  return answers;
}

async function refused(method, request, code, part, key) {
  const error = await call(method, request, key).then(() => assert.fail(`${method} was answered`), (error) => error);
  assert.equal(error.code, code, error);
  const [details] = error.metadata.get("grpc-status-details-bin");
  assert.ok(details.includes(part), `no ${part} in ${details}`);
}

async function main() {
  const name = `creators/tiktok:node-${process.pid}`;
  const answers = await ingest(profile(name, "First"), profile(name, "Second"));
  assert.deepEqual(answers.map((answer) => answer.sequence), ["1", "2"]);
  console.log("ok: a stream of the client");

  const { creator } = await call("GetCreator", { name });
  assert.equal(creator.displayName, "Second");
  assert.deepEqual(creator.languages, ["de"]);
  console.log("ok: unary");

  const watch = discovery.WatchCreators({ creators: [name] }, metadata());
  const seen = [];
  for await (const message of watch) {
    if (message.event === "creator") seen.push(message.creator.displayName);
    if (message.event === "snapshotEnd") await ingest(profile(name, "Third"));
    if (seen.includes("Third")) break;
  }
  // Leaving the loop does not end the call.
  watch.on("error", () => {}).cancel();
  assert.deepEqual(seen, ["Second", "Third"]);
  console.log("ok: a stream of the server delivers the change");

  await refused("GetCreator", { name: "creators/tiktok:nobody" }, grpc.status.NOT_FOUND, "CREATOR_NOT_FOUND");
  await refused("SearchCreators", { pageSize: -1 }, grpc.status.INVALID_ARGUMENT, "page_size");
  console.log("ok: details of errors");

  if (BAD_KEY) {
    await refused("SearchCreators", {}, grpc.status.UNAUTHENTICATED, "KEY_NOT_ACCEPTED", BAD_KEY);
    await refused("SearchCreators", {}, grpc.status.UNAUTHENTICATED, "KEY_MISSING", "");
    await refused("SearchCreators", {}, grpc.status.PERMISSION_DENIED, "SCOPE_MISSING", READ_KEY);
    console.log("ok: keys that do not do");
  }
}

main().then(() => discovery.close(), (error) => {
  console.error("FAILED:", error);
  process.exit(1);
});
