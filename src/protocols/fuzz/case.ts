/** One conversation that a codec is tried with: what is sent, by whom, and what an inspector does about it. */
import { Buffer } from 'node:buffer'
import type { Transport } from '#core/protocol.ts'

export const actions = ['pass', 'refuse', 'neutralise'] as const
/** What becomes of a unit of the client; the server's always pass. */
export type Action = (typeof actions)[number]

export interface Step {
  readonly fromClient: boolean
  readonly action: Action
  readonly bytes: Uint8Array
}

export interface Case {
  readonly transport: Transport
  /** The beginning of the conversation was seen. */
  readonly whole: boolean
  readonly steps: readonly Step[]
}

const isAction = (word: string | undefined): word is Action => actions.some((action) => action === word)

/** A case as one argument of a command line, such as `tcp,whole client,pass,0001… server,pass,0001…`. */
export const caseText = ({ transport, whole, steps }: Case): string =>
  [
    `${transport},${whole ? 'whole' : 'middle'}`,
    ...steps.map(
      ({ fromClient, action, bytes }) =>
        `${fromClient ? 'client' : 'server'},${action},${Buffer.from(bytes).toString('hex')}`,
    ),
  ].join(' ')

/** Reads what {@link caseText} writes. @returns undefined when it is something else */
export const parseCase = (text: string): Case | undefined => {
  const [head = '', ...rest] = text.trim().split(/\s+/)
  const [transport, beginning] = head.split(',')
  if (transport !== 'tcp' && transport !== 'udp') return undefined
  const steps: Step[] = []
  for (const word of rest) {
    const [end, action, hex = ''] = word.split(',')
    if ((end !== 'client' && end !== 'server') || !isAction(action) || !/^([0-9a-f]{2})*$/i.test(hex)) return undefined
    steps.push({ fromClient: end === 'client', action, bytes: Uint8Array.from(Buffer.from(hex, 'hex')) })
  }
  return { transport, whole: beginning === 'whole', steps }
}
