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

/** A number that is none would compare nothing, and find no disagreement. */
const whole = (name: keyof typeof values, least: number): number => {
  const number = Number(values[name])
  if (Number.isInteger(number) && number >= least) return number
  process.stderr.write(`--${name} is ${values[name]}. It takes a whole number from ${least} on.\n`)
  return process.exit(2)
}
const start = performance.now()
const seconds = () => ((performance.now() - start) / 1000).toFixed(1)
const totals = await runCampaign({
  policies: whole('policies', 1),
  frames: whole('frames', 1),
  seed: whole('seed', 0),
  stopAfter: whole('stop-after', 1),
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
