/** One message to a receiver, so that somebody sees it works before it is needed. */
import type { TestResult } from '#schema/manager-exchange.ts'
import type * as z from 'zod'
import type { Manager } from '../context.ts'
import { openOutlet } from './deliver/open.ts'
import { totalsOf } from './deliver/outlet.ts'
import { testNote } from './notes.ts'
import { receiverNamed, wholeTarget } from './receivers.ts'

/** @throws Fault `not-found`, or `refused` when its secrets cannot be opened */
export const testReceiver = async (
  manager: Manager,
  actor: string,
  name: string,
  ownPorts: readonly number[],
): Promise<z.output<typeof TestResult>> => {
  const row = await receiverNamed(manager, name)
  const { target, secrets } = wholeTarget(manager.state, row)
  const { now, version } = manager
  const outlet = openOutlet(target, { name, secrets, version, ownPorts, now })
  const begun = performance.now()
  const note = testNote(name, now())
  const outcome = await outlet.deliver([note], totalsOf([note]))
  outlet.close()
  const ms = Math.round(performance.now() - begun)
  const result = outcome.ok
    ? {
        ok: (outcome.refused ?? 0) === 0,
        what: outcome.refused ? 'It refused the message.' : 'It took the message.',
        ms,
      }
    : { ok: false, what: `It did not take the message: ${outcome.what}.`, ms }
  await manager.trail.change((_, write) =>
    write({ actor, action: 'exchange.receiver.test', object: `receiver ${name}`, after: { ok: result.ok } }),
  )
  return result
}
