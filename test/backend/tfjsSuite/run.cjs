// node run.cjs BUNDLE BACKEND REPORT: runs tfjs's own tests under jasmine and writes what came of them as JSON.
const { writeFileSync } = require('node:fs');
const Jasmine = require('jasmine');

const [bundle, backend, report] = process.argv.slice(2);
const result = { passed: 0, pending: 0, failed: [] };

async function main() {
  const jasmine = new Jasmine({ projectBaseDir: __dirname });
  jasmine.loadConfig({ random: false, spec_files: [] });
  await require(bundle).describeAll(backend);
  jasmine.clearReporters();
  jasmine.addReporter({
    specDone({ status, fullName }) {
      if (status === 'passed') result.passed++;
      else if (status === 'failed') result.failed.push(fullName);
      else result.pending++;
    },
  });
  jasmine.exitOnCompletion = false;
  await jasmine.execute();
  writeFileSync(report, JSON.stringify(result));
  process.exit(0);
}

main();
