/**
 * Random policies and random sequences of packets through the real kernel, against `evaluate`.
 *   npm run test:differential -- --policies 1000 --seed 42
 */
import { parseArgs } from 'node:util'
import { runCampaign } from './differential/campaign.ts'

const { values } = parseArgs({
  options: {
    policies: { type: 'string', default: '200' },
    frames: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'stop-after': { type: 'string', default: '5' },
  },
})
const start = performance.now()
const seconds = () => ((performance.now() - start) / 1000).toFixed(1)
const totals = await runCampaign({
  policies: Number(values.policies),
  frames: Number(values.frames),
  seed: Number(values.seed),
  stopAfter: Number(values['stop-after']),
  progress: (done, { frames, failed }) => {
    if (done % 50 === 0) process.stdout.write(`${done} policies, ${frames} frames, ${failed} failed, ${seconds()} s\n`)
  },
})
for (const report of totals.reports) process.stdout.write(`\n${report}\n`)
process.stdout.write('\nwhat decided, per frame and port it could leave by:\n')
for (const [reason, count] of [...totals.reasons].toSorted((a, b) => b[1] - a[1]))
  process.stdout.write(`  ${reason.padEnd(20)} ${count}\n`)
process.stdout.write(
  `${totals.policies} policies, ${totals.frames} frames, ${totals.delivered} delivered, ${totals.contained} sources contained (${totals.known} known), ` +
    `${totals.failed} policies with disagreements, ${seconds()} s\n`,
)
process.exitCode = totals.failed === 0 ? 0 : 1
