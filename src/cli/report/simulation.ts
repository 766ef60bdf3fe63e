/** The result of `bulkhead simulate --json`, as far as a report shows it. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { unreadable } from '#discover/assess/advisories/unreadable.ts'
import type { Simulated } from '#discover/report/input.ts'
import { textIn } from '../failure.ts'

const Count = z.number().nonnegative()

const Result = z.object({
  recorded: z.object({ text: z.string() }),
  summary: z.object({ conversations: Count, denied: Count, commands: Count, commandsDenied: Count }),
  conversations: z.array(
    z.object({
      client: z.string(),
      server: z.string(),
      clientAsset: z.string().optional(),
      serverAsset: z.string().optional(),
      service: z.string(),
      outcome: z.object({
        verdict: z.enum(['permitted', 'denied', 'partly']),
        permitted: Count,
        denied: Count,
        because: z.string(),
        zone: z.string().optional(),
        nearest: z.object({ conduit: z.string() }).optional(),
      }),
    }),
  ),
  zones: z.array(
    z.object({
      zone: z.string(),
      packets: Count,
      conversations: Count,
      commands: Count,
      perDay: z.object({ packets: Count, commands: Count }).optional(),
    }),
  ),
  blind: z.array(z.string()),
})

const advice = 'Give what `bulkhead simulate --policy FILE CAPTURES --json` printed.'

/** @throws Fault `file-unreadable` with the place in the file that is wrong */
export const readSimulation = (file: string): Simulated => {
  let json: unknown
  try {
    json = JSON.parse(textIn(file))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new Fault('file-unreadable', `${file} is not JSON.`, { advice, cause })
  }
  const parsed = Result.safeParse(json)
  if (parsed.success) return parsed.data
  const { path, what } = unreadable(parsed.error)
  throw new Fault('file-unreadable', `${file} is no result of a simulation.`, { details: [`${path}: ${what}`], advice })
}
