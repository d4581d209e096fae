// Serves the page, opens it in a browser and prints what it found out: browser.js FOLDER BROWSER [ARGUMENT…]; see ../web.sh.
const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");

const [folder, program, ...options] = process.argv.slice(2);
const { PAGE, BASE, KEY, READ_KEY, BAD_KEY } = process.env;
const [host, port] = PAGE.split(":");
const parts = {
  "/": ["text/html", "<!doctype html><title>client</title><script src=settings.js></script><script src=page.js></script>"],
  "/settings.js": ["text/javascript", `const settings = ${JSON.stringify({ BASE, KEY, READ_KEY, BAD_KEY, id: process.pid })};`],
  "/page.js": ["text/javascript", readFileSync(`${folder}/page.bundle.js`)],
};
let browser;

function end(lines, code) {
  console.log(lines);
  browser.kill();
  browser.on("exit", () => process.exit(code));
}

const server = createServer(async (request, response) => {
  if (request.method === "POST") {
    let report = "";
    for await (const part of request) report += part;
    response.end();
    return end(report, report.includes("FAILED") ? 1 : 0);
  }
  const [kind, text] = parts[request.url] ?? [];
  response.writeHead(kind ? 200 : 404, { "content-type": kind ?? "text/plain" }).end(text);
});
server.listen(Number(port), host, () => {
  browser = spawn(program, [...options, `http://${PAGE}/`], { stdio: "ignore" });
  browser.on("error", (error) => end(`FAILED: ${error}`, 1));
  setTimeout(() => end("FAILED: the page did not end within 60 s", 1), 60_000);
});
