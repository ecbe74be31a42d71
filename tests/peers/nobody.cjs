// root may write into every file; a person may not write into a read-only one, and projen goes by that.
const fs = require("fs");

const access = fs.accessSync;
fs.accessSync = function (file, mode) {
  access.call(this, file, mode);
  if (mode & fs.constants.W_OK && !(fs.statSync(file).mode & 0o200)) {
    throw Object.assign(new Error(`EACCES: permission denied, access '${file}'`), { code: "EACCES" });
  }
};
