/** A client's orders on one connection, each with what has to become of it. */
import type { Row } from '../plant/device.ts'
import type { Stage } from './stage.ts'

export interface Expected {
  readonly order: string
  /** `read`: whatever the policy says, nothing is changed by it. */
  readonly becomes: 'read' | 'done' | 'refused'
  /** Fields of the answer. */
  readonly answer: Row
  readonly text: string
}

const holds = (answer: Row, expected: Row): boolean =>
  Object.entries(expected).every(([name, value]) => JSON.stringify(answer[name]) === JSON.stringify(value))

/** Sends them, checks every answer, enters them in the ledger, and counts on the controller's own side what arrived. */
export const send = async (
  stage: Stage,
  { host, client, target }: { readonly host: string; readonly client: string; readonly target: string },
  expected: readonly Expected[],
): Promise<void> => {
  const { ledger } = stage
  const device = stage.device(target)
  const before = device.changes
  const orders = expected.map(({ order }) => order)
  const answers = await stage.orders(host, client, target, orders)
  await stage.wait(50)
  const lost = answers.filter(({ error }) => typeof error === 'string' && !error.startsWith('0x')).length
  for (const [at, { answer, text }] of expected.entries()) stage.check(holds(answers[at] ?? {}, answer), text)
  const count = (what: Expected['becomes']): number =>
    expected.filter(({ becomes, answer }, at) => becomes === what && holds(answers[at] ?? {}, answer)).length
  const [permitted, refused] = [count('done'), count('refused')]
  const delivered = device.changes - before - permitted
  stage.check(delivered === 0, `${delivered} of ${refused} refused commands reached ${target}, as it says itself`)
  stage.check(lost === 0, `one connection for all ${orders.length}: ${lost} orders without an answer`)
  const { commands } = ledger
  ledger.commands = {
    ...commands,
    permitted: commands.permitted + permitted,
    refused: commands.refused + refused,
    delivered: commands.delivered + delivered,
    sessionsLost: commands.sessionsLost + lost,
  }
}

/** The newest event of a refused command from one machine. */
export const checkEvent = async (stage: Stage, from: string): Promise<void> => {
  const { ip } = stage.plant.host(from)
  const event = await stage.edge.event(({ kind, source }) => kind === 'command-denied' && source?.ip === ip, 5000)
  stage.check(event !== undefined, event === undefined ? 'no event of it' : `reported: ${event.text}`)
}
