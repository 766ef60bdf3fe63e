/** One of several processes of a fleet: told what to simulate by the one that started it, and paced by it. */
import { conduct, type Programme } from './conduct.ts'
import type { FleetOptions } from './fleet.ts'

export type ToChild =
  | { readonly do: Programme; readonly fleet: FleetOptions }
  | { readonly go: string }
  | { readonly stop: true }
export type FromChild =
  | { readonly at: string }
  | { readonly trouble: string }
  | { readonly figures: Awaited<ReturnType<typeof conduct>> }

const stopping = new AbortController()
const waiting = new Map<string, () => void>()
const tell = (what: FromChild): void => void process.send?.(what)

const run = async (
  fleet: FleetOptions,
  programme: Programme,
  together: (step: string) => Promise<void>,
): Promise<void> => {
  const figures = await conduct(fleet, programme, together, stopping.signal)
  process.send?.({ figures } satisfies FromChild, undefined, undefined, () => process.exit(0))
}

// Ctrl-C reaches the whole group; the parent decides what it means.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(1))
process.on('message', (message: ToChild) => {
  if ('stop' in message) stopping.abort()
  else if ('go' in message) waiting.get(message.go)?.()
  else {
    const together = (step: string): Promise<void> =>
      new Promise((resolve) => {
        waiting.set(step, resolve)
        tell({ at: step })
      })
    const onTrouble = (trouble: string): void => tell({ trouble })
    void run({ ...message.fleet, onTrouble }, message.do, together)
  }
})
