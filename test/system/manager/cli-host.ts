/** Runs command lines one after another in one process, exactly as the command does after its start; see cli.ts. */
import * as z from 'zod'
import { report, run } from '#cli/run.ts'

const Asked = z.object({ words: z.array(z.string()), env: z.record(z.string(), z.string()) })

const said = { out: '', err: '' }
const taking =
  (name: keyof typeof said): typeof process.stdout.write =>
  (chunk, ...rest) => {
    said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    const done = rest.at(-1)
    if (typeof done === 'function') process.nextTick(done)
    return true
  }
process.stdout.write = taking('out')
process.stderr.write = taking('err')

const answer = async (message: unknown): Promise<void> => {
  const { words, env } = Asked.parse(message)
  Object.assign(said, { out: '', err: '' })
  Object.assign(process.env, env)
  process.exitCode = 0
  const code = await run(words).catch((error: unknown) => report(error, words))
  process.exitCode = 0
  for (const name of Object.keys(env)) delete process.env[name]
  process.send?.({ code, ...said })
}
process.on('message', (message) => void answer(message))
