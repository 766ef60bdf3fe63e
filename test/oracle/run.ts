/**
 * Codecs against tshark over the public captures.
 *   npm run test:oracle [-- NAME…] [--capture PART] [--all]
 * NAME: protocols; PART: only captures whose path has it; --all: every disagreement, not the first five of each capture.
 * Ends with `N passed, N failed, N skipped` of captures.
 */
import { parseArgs } from 'node:util'
import { withoutCaptures } from '../fixtures/captures.ts'
import { loadOracles } from './oracles.ts'
import { agreement, type CaptureResult, compareProtocol, type Disagreement, required, unusedSkips } from './protocol.ts'
import { withoutTshark } from './tshark.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { capture: { type: 'string', default: '' }, all: { type: 'boolean', default: false } },
})
const counts = { passed: 0, failed: 0, skipped: 0 }

const percent = (value: number): string => `${(Math.floor(value * 1000) / 1000).toFixed(3)} %`

const show = ({ frame, missing, extra }: Disagreement): void => {
  console.log(`    frame ${frame}`)
  for (const text of missing) console.log(`      tshark  ${text}`)
  for (const text of extra) console.log(`      ours    ${text}`)
}

const report = (result: CaptureResult): void => {
  const { capture, messages, agreed, reordered, beyond, disagreements } = result
  const open = disagreements.filter(({ skip }) => skip === undefined)
  const outcome = open.length > 0 ? 'failed' : disagreements.length > 0 ? 'skipped' : 'passed'
  counts[outcome]++
  const order = reordered === 0 ? '' : `, ${reordered} frames in another order`
  const more = beyond === 0 ? '' : `, ${beyond} more in segments that tshark leaves out as retransmissions`
  console.log(
    `  ${open.length > 0 ? 'FAIL' : 'ok  '} ${capture}: ${agreed} of ${messages}, ${percent(agreement([result]))}${order}${more}`,
  )
  const shown = values.all ? open : open.slice(0, 5)
  for (const disagreement of shown) show(disagreement)
  if (open.length > shown.length) console.log(`    ${open.length - shown.length} frames more (--all shows them)`)
  for (const [skip, those] of Map.groupBy(disagreements, (disagreement) => disagreement.skip))
    if (skip !== undefined) console.log(`    ${those.length} frames as known: ${skip.reason}`)
}

const without = withoutTshark() ?? withoutCaptures()
if (without === undefined) {
  const subjects = await loadOracles(positionals)
  for (const name of positionals)
    if (!subjects.some(({ oracle }) => oracle.protocol === name)) {
      console.log(`${name} has no codec with an oracle`)
      counts.failed++
    }
  for (const subject of subjects) {
    const { protocol } = subject.oracle
    console.log(`== ${protocol}`)
    const results = await compareProtocol(subject, { only: values.capture })
    for (const result of results) report(result)
    const share = agreement(results)
    const messages = results.reduce((sum, result) => sum + result.messages, 0)
    console.log(`${protocol}: ${messages} messages in ${results.length} captures, ${percent(share)} agreed`)
    for (const { capture, reason } of values.capture === '' ? unusedSkips(protocol, results) : []) {
      console.log(`${protocol}: nothing needs this skip any more: ${capture}: ${reason}`)
      counts.failed++
    }
    if (share < required) {
      console.log(`${protocol}: below ${required} %`)
      counts.failed++
    }
  }
} else {
  console.log(`skipped: ${without}`)
  counts.skipped++
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? 1 : 0
