// The project type of the story: each file of `files/` is managed, those named in `samples` are written once.
const fs = require("fs");
const path = require("path");
const { Project, SampleFile, TextFile } = require("projen");

const files = path.join(__dirname, "files");
const samples = path.join(__dirname, "samples");
const once = fs.existsSync(samples) ? fs.readFileSync(samples, "utf-8").split("\n") : [];

function all(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? all(name) : [path.relative(files, name)];
  });
}

exports.Delivery = class Delivery extends Project {
  constructor(options) {
    super(options);
    this.defaultTask.exec("node .projenrc.js");
    for (const name of all(files).sort()) {
      const contents = fs.readFileSync(path.join(files, name), "utf-8");
      if (once.includes(name)) {
        new SampleFile(this, name, { contents });
      } else {
        // Behind the first line: that is `# syntax=` or `---`, and has to stay the first.
        const file = new TextFile(this, name);
        const [first, ...lines] = contents.trimEnd().split("\n");
        [first, `# ${file.marker}`, ...lines].forEach((line) => file.addLine(line));
      }
    }
  }
};
