// What sitecustomize.py does for Python, for Node: stops the program dead just before its n-th write into a folder.
const fs = require("fs");
const path = require("path");

const below = process.env.PEERS_KILL_BELOW;
const at = Number(process.env.PEERS_KILL_AT || 0);
let seen = 0;

function watch(name) {
  const write = fs[name];
  fs[name] = function (file, ...rest) {
    if (typeof file === "string" && path.resolve(file).startsWith(below + "/")) {
      seen += 1;
      if (seen === at) process.kill(process.pid, "SIGKILL");
      if (!at) count();
    }
    return write.call(this, file, ...rest);
  };
}

const writeFile = fs.writeFileSync;
function count() {
  writeFile(process.env.PEERS_KILL_COUNT, String(seen));
}

if (below) ["writeFileSync", "rmSync", "unlinkSync", "renameSync"].forEach(watch);
