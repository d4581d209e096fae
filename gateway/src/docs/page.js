"use strict";
// Makes the page of /openapi.json. Texts are set as text, never as markup.

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

// A comment of the contract: what stands between backticks is code.
const prose = (text, tag = "div") => make(tag, { className: "text" },
  ...(text || "").split("`").map((part, place) => place % 2 ? make("code", { textContent: part }) : part));

let api;
const resolve = (schema) => {
  const name = schema && schema.$ref ? schema.$ref.split("/").pop() : null;
  return name ? { name, schema: api.components.schemas[name] } : { name: null, schema: schema || {} };
};

const kindOf = (schema) => {
  const { name, schema: real } = resolve(schema);
  if (real.type === "array") return "list of " + kindOf(real.items || {});
  if (name) return real.enum ? name + " (enum)" : name;
  if (real.additionalProperties && real.type === "object") return "map of " + kindOf(real.additionalProperties);
  return [real.type || "any", real.format].filter(Boolean).join(", ");
};

// The message or enum behind a field, through lists and maps.
const inner = (schema) => {
  const { schema: real } = resolve(schema);
  if (real.type === "array") return inner(real.items || {});
  if (real.type === "object" && !real.properties && real.additionalProperties) return inner(real.additionalProperties);
  return real;
};

const fieldRow = (name, schema, text, must) => {
  const deeper = inner(schema);
  const cell = make("td", {}, prose(text));
  if (deeper.properties || deeper.enum) {
    const details = make("details", {}, make("summary", { className: "kind", textContent: deeper.enum ? "values" : "fields" }));
    // Filled when opened: messages may hold themselves.
    details.addEventListener("toggle", () => {
      if (details.childElementCount > 1) return;
      details.append(deeper.enum ? prose(deeper.description) : fieldTable(deeper));
    });
    cell.append(details);
  }
  return make("tr", {},
    make("td", {}, make("code", { textContent: name }), must ? make("div", { className: "must", textContent: "required" }) : null),
    make("td", { className: "kind", textContent: kindOf(schema) }), cell);
};

const fieldTable = (schema) => {
  const must = schema.required || [];
  return make("table", {}, ...Object.entries(schema.properties || {}).map(([name, field]) => fieldRow(name, field, field.description, must.includes(name))));
};

const sample = (schema, depth = 0) => {
  const { schema: real } = resolve(schema);
  if (real.enum) return real.enum[1] || real.enum[0];
  if (real.type === "array") return [sample(real.items || {}, depth)];
  if (real.type === "object") {
    const value = {};
    if (depth < 3) for (const name of real.required || []) value[name] = sample(real.properties[name], depth + 1);
    return value;
  }
  if (real.type === "integer" || real.type === "number") return 1;
  if (real.type === "boolean") return true;
  if (real.format === "date-time") return "2026-03-01T00:00:00Z";
  return real.format === "int64" || real.format === "uint64" ? "1" : "…";
};

const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

const curl = (verb, path, operation) => {
  const query = (operation.parameters || []).filter((one) => one.in === "query" && one.required)
    .map((one) => one.name + "=" + encodeURIComponent([sample(one.schema)].flat()[0]));
  // Braces would be a pattern for curl.
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase());
  const address = location.origin + filled + (query.length ? "?" + query.join("&") : "");
  const parts = ["curl"];
  const streams = "application/x-ndjson" in operation.responses["200"].content;
  if (streams) parts.push("-N");
  if (verb !== "get" && verb !== "post") parts.push("-X " + verb.toUpperCase());
  parts.push(quoted(address));
  const content = operation.requestBody ? operation.requestBody.content : {};
  for (const [kind, media] of Object.entries(content)) {
    const item = media.schema["x-creatorscope-item"] || media.schema;
    parts.push("-H 'content-type: " + kind + "'", "-d " + quoted(JSON.stringify(sample(item))));
  }
  if (verb === "post" && !operation.requestBody) parts.push("-X POST");
  return parts.join(" ");
};

const card = (path, verb, operation) => {
  const facts = operation["x-creatorscope"];
  const body = make("div", {}, prose(operation.description, "p"));
  const about = ["gRPC " + facts.grpc, "scope " + facts.scope, "costs " + facts.quotaCost];
  if (facts.cacheSeconds) about.push("may be " + facts.cacheSeconds + " s old");
  body.append(make("p", { className: "facts", textContent: about.join(" · ") }));
  const line = curl(verb, path, operation);
  const copy = make("button", { type: "button", textContent: "copy" });
  copy.addEventListener("click", () => navigator.clipboard && navigator.clipboard.writeText(line));
  body.append(make("h4", {}, "Try it ", copy), make("pre", { textContent: line }));
  const parameters = operation.parameters || [];
  if (parameters.length) {
    body.append(make("h4", { textContent: "Parameters" }), make("table", {}, ...parameters.map((one) =>
      fieldRow(one.in === "path" ? "{" + one.name + "}" : one.name, one.schema, one.description, one.required))));
  }
  for (const [kind, media] of Object.entries(operation.requestBody ? operation.requestBody.content : {})) {
    const real = resolve(media.schema["x-creatorscope-item"] || media.schema).schema;
    body.append(make("h4", { textContent: "Body, " + kind }), fieldTable(real));
  }
  const kinds = Object.keys(operation.responses["200"].content);
  const media = operation.responses["200"].content[kinds[0]];
  const answer = resolve(media.schema["x-creatorscope-item"] || media.schema).schema;
  body.append(make("h4", { textContent: "Answer, " + kinds.join(" or ") }), fieldTable(answer));
  const details = make("details", {}, make("summary", {},
    make("span", { className: "verb", textContent: verb.toUpperCase() }), make("span", { className: "path", textContent: path }),
    make("span", { className: "short", textContent: operation.summary })), body);
  const article = make("article", { id: operation.operationId }, details);
  article.dataset.words = [path, operation.operationId, operation.description, ...parameters.map((one) => one.name)].join(" ").toLowerCase();
  return article;
};

const show = () => {
  document.getElementById("about").textContent = api.info.description;
  const [contents, main] = [document.getElementById("contents"), document.getElementById("methods")];
  const operations = Object.entries(api.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })));
  for (const tag of api.tags) {
    contents.append(make("h3", { textContent: tag.name }));
    const section = make("section", {}, make("h2", { textContent: tag.name }), prose(tag.description, "p"));
    for (const { path, verb, operation } of operations.filter((one) => one.operation.tags.includes(tag.name))) {
      section.append(card(path, verb, operation));
      contents.append(make("a", { href: "#" + operation.operationId, textContent: operation.operationId.split("_").slice(1).join("_") }));
    }
    main.append(section);
  }
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.firstElementChild) {
      target.firstElementChild.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  open();
  document.getElementById("find").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const article of document.querySelectorAll("article")) {
      article.hidden = !words.every((word) => article.dataset.words.includes(word));
    }
  });
};

fetch("/openapi.json").then((response) => response.json()).then((document_) => { api = document_; show(); })
  .catch((error) => { document.getElementById("methods").textContent = "The document could not be read: " + error; });
