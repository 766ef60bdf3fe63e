/**
 * Codecs under spoilt messages, until the time is over or a promise is broken.
 *   npm run fuzz -- [NAME…] [--seconds N] [--seed S] [--repeat CASE]
 * NAME: protocols, all when absent. N: seconds for each (10). S: where to begin; printed, so that a run comes again.
 * CASE: one case, as it was printed when it broke something.
 * Ends with 1 when a promise was broken.
 */
import { parseArgs } from 'node:util'
import type { Codec } from '#core/codec.ts'
import { codecs } from '#protocols/codecs.ts'
import { type Case, caseText, parseCase } from '#protocols/fuzz/case.ts'
import { Cases } from '#protocols/fuzz/cases.ts'
import { check } from '#protocols/fuzz/check.ts'
import { Random } from '#protocols/fuzz/random.ts'
import { repairs } from '#protocols/fuzz/repairs.ts'
import { shrink } from '#protocols/fuzz/shrink.ts'
import { goldens } from '#protocols/goldens.ts'
import { isProtocolName, type ProtocolName } from '#protocols/index.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string' },
    repeat: { type: 'string' },
  },
})

const broken = (name: ProtocolName, codec: Codec, one: Case, promise: string): void => {
  const smallest = shrink(codec, one, promise)
  console.log(`  broken: ${promise}`)
  console.log(`  ${check(codec, smallest).problem?.detail}`)
  console.log(`  again: npm run fuzz -- ${name} --repeat '${caseText(smallest)}'`)
  process.exitCode = 1
}

const run = (name: ProtocolName, codec: Codec, seed: number, seconds: number): void => {
  const random = new Random(seed)
  const cases = new Cases(codec, goldens[name] ?? [], repairs[name])
  const began = performance.now()
  const slowest = { ms: 0, steps: 0, text: '' }
  let executions = 0
  let messages = 0
  while (performance.now() - began < seconds * 1000) {
    const one = cases.next(random)
    const before = process.cpuUsage()
    const { problem, steps } = check(codec, one)
    const { user, system } = process.cpuUsage(before)
    executions++
    messages += one.steps.length
    slowest.steps = Math.max(slowest.steps, steps)
    if ((user + system) / 1000 > slowest.ms) {
      slowest.ms = (user + system) / 1000
      slowest.text = caseText(one)
    }
    if (problem === undefined) continue
    broken(name, codec, one, problem.promise)
    break
  }
  console.log(
    `  ${executions} conversations, ${messages} messages, seed ${seed}; ` +
      `most steps ${slowest.steps}, longest ${slowest.ms.toFixed(1)} ms of processor time`,
  )
  if (slowest.ms > 200) console.log(`  slow: --repeat '${slowest.text.slice(0, 2000)}'`)
}

const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Date.now() % 0x1_0000_0000 : Number(values.seed)
if (!(seconds > 0) || !Number.isInteger(seed)) {
  process.stderr.write('--seconds takes a number above 0, --seed a whole one.\n')
  process.exit(2)
}
const names = positionals.length > 0 ? positionals : Object.keys(codecs)
for (const name of names) {
  console.log(name)
  const codec = isProtocolName(name) ? codecs[name] : undefined
  if (!isProtocolName(name) || codec === undefined || (goldens[name] ?? []).length === 0) {
    console.log(`  has no codec with messages; there are ${Object.keys(codecs).join(', ')}`)
    process.exitCode = 1
  } else if (values.repeat === undefined) run(name, codec, seed, seconds)
  else {
    const one = parseCase(values.repeat)
    if (one === undefined) throw new SyntaxError('--repeat takes a case as it was printed')
    const { problem } = check(codec, one)
    if (problem === undefined) console.log('  keeps its promises')
    else broken(name, codec, one, problem.promise)
  }
}
