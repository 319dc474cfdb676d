// npm's asterisk-manager with one listener for all events.
// Arguments: the port, and the folder that npm installed it into.
"use strict";

const path = require("node:path");
const [port, folder] = process.argv.slice(2);
const connect = require(path.join(folder, "node_modules", "asterisk-manager"));

let wall, cpu;
const client = connect(Number(port), "127.0.0.1", "bench", "bench", true);
client.on("managerevent", (event) => {
  if (event.userevent === "BenchBegins") {
    wall = process.hrtime.bigint();
    cpu = process.cpuUsage();
  } else if (event.userevent === "BenchEnds") {
    const used = process.cpuUsage(cpu);
    const result = {
      wall_s: Number(process.hrtime.bigint() - wall) / 1e9,
      cpu_s: (used.user + used.system) / 1e6,
      told: 0,
    };
    process.stdout.write(JSON.stringify(result) + "\n", () => process.exit(0));
  }
});
