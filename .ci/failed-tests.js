#!/usr/bin/env node
// Prints a line for each test that failed, with the first line of what it said, from the reports of
// nextest (JUnit's XML) and of Playwright (JSON): failed-tests.js JUNIT.XML RESULTS.JSON
const { existsSync, readFileSync } = require('node:fs');

const [junit, results] = process.argv.slice(2);
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, '');
const firstLine = (text) => plain(text).trim().split('\n')[0].slice(0, 300);
const unescaped = (xml) =>
  xml
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#0?39;|&apos;/g, "'")
    .replace(/&#10;|&#xA;/g, '\n')
    .replace(/&amp;/g, '&');

for (const [, attributes, body] of read(junit).matchAll(
  /<testcase ([^>]*[^/])>(.*?)<\/testcase>/gs,
)) {
  const failure = body.match(/<(?:failure|error)\b([^>]*)>/);
  if (!failure) continue;
  const named = (name, among) => among.match(`(?:^| )${name}="([^"]*)"`)?.[1];
  const told = named('message', failure[1]) ?? named('type', failure[1]) ?? 'no reason is told';
  const of = `${named('classname', attributes)} ${named('name', attributes)}`;
  console.log(`${unescaped(of)}: ${firstLine(unescaped(told))}`);
}

function* specs(suite) {
  yield* suite.specs ?? [];
  for (const inner of suite.suites ?? []) yield* specs(inner);
}
const report = JSON.parse(read(results) || '{"suites": [], "errors": []}');
// Outside of all tests: the server did not start, a file cannot be read.
for (const { message } of report.errors) console.log(`browser tests: ${firstLine(message ?? '')}`);
for (const spec of specs(report)) {
  for (const test of spec.tests) {
    if (test.status !== 'unexpected') continue;
    const errors = test.results.flatMap((result) => result.errors);
    const said = firstLine(errors[0]?.message ?? test.results.at(-1)?.status ?? '');
    console.log(`${spec.file}:${spec.line} [${test.projectName}] ${spec.title}: ${said}`);
  }
}
