/**
 * A second reporter beside the readable one: one line per outcome, which scripts/test.sh adds up over all runs.
 *   count PASSED FAILED SKIPPED
 *   failed FILE: NAME
 *     WHY, in a few lines: what is seen at the end of a run of many files
 * They go to the file that BULKHEAD_REPORT names.
 */
import { openSync, writeSync } from 'node:fs'
import { relative } from 'node:path'
import process from 'node:process'
import type { TestEvent } from 'node:test/reporters'

/** Of a failure's message; the whole of it is in the readable report. */
const LINES = 20
const COLUMNS = 400

/** Opened when this is preloaded: a test may be another user by the time of its first report. */
const report = openSync(process.env['BULKHEAD_REPORT'] ?? '/dev/stdout', 'a')
delete process.env['BULKHEAD_REPORT']

type Counts = { passed: number; failed: number; skipped: number }

/** A file as the reader knows it: from the root of the repository. */
const short = (file: string | undefined): string =>
  file === undefined ? 'unknown file' : relative(process.cwd(), file)

/** What a failure says, without the calls it came through, indented below its name. */
const why = (error: Error): string => {
  const cause = error.cause instanceof Error ? error.cause : error
  return cause.message
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, LINES)
    .map((line) => `  ${line.slice(0, COLUMNS)}\n`)
    .join('')
}

const reporter = async (source: AsyncIterable<TestEvent>): Promise<void> => {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const open: string[] = []
  for await (const event of source) {
    if (event.type === 'test:start') open[event.data.nesting] = event.data.name
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, nesting, skip, todo, details, file } = event.data
    // A suite is a heading: it counts only when it fails by itself, outside its tests.
    const suite = details.type === 'suite'
    if (skip !== undefined && skip !== false) counts.skipped += 1
    else if (event.type === 'test:pass' && !suite) counts.passed += 1
    else if (event.type === 'test:fail' && (todo === undefined || todo === false)) {
      if (suite && /subtests? failed/.test(String(event.data.details.error.cause))) continue
      counts.failed += 1
      writeSync(
        report,
        `failed ${short(file)}: ${[...open.slice(0, nesting), name].join(' ')}\n${why(event.data.details.error)}`,
      )
    }
  }
  writeSync(report, `count ${counts.passed} ${counts.failed} ${counts.skipped}\n`)
}

// node --test-reporter takes the default export of a module.
// oxlint-disable-next-line import/no-default-export
export default reporter
