/** `bulkhead lab run`: starts the plant, shows it, and ends it. */
import { Fault } from '#core/errors.ts'
import type { Figures } from './figures.ts'
import type { Message } from './messages.ts'
import { LabManager } from './fabric/manager.ts'
import { announce } from './plant/beacon.ts'
import { enterPlant, type Entered } from './plant/enter.ts'
import { allPrograms, needPrograms } from './plant/programs.ts'
import type { View } from './view/live.ts'

export interface RunOptions {
  /** End after the story. */
  readonly once: boolean
  /** Time to read, divided by this. */
  readonly speed: number
  readonly view: View
  /** Called when the story has been told. */
  readonly onFigures: (figures: Figures) => void
}

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Why the namespaces could not be made, from what `unshare` and `mount` say. */
const refusal = (said: string): Fault => {
  if (/unshare failed|uid_map|Operation not permitted|Permission denied/i.test(said))
    return new Fault(
      'privileges-missing',
      `This machine does not let you make namespaces of your own: ${said.split('\n')[0] ?? ''}.`,
      {
        advice:
          'Run it as root, or allow user namespaces: sysctl -w user.max_user_namespaces=10000 (Ubuntu: kernel.apparmor_restrict_unprivileged_userns=0).',
      },
    )
  const details = said.split('\n').slice(-6)
  return new Fault('internal', 'The plant ended before its time.', {
    details,
    advice: 'Run it again with BULKHEAD_DEBUG=1.',
  })
}

/** Settles with the story's figures (`once`), with nothing when a person ends it; rejects with what went wrong. */
const watch = (start: (onMessage: (message: Message) => void) => Entered, manager: LabManager, options: RunOptions) => {
  const { promise, resolve, reject } = Promise.withResolvers<Figures | undefined>()
  const begun = Date.now()
  let beacon: { close(): void } | undefined
  const receive = (message: Message): void => {
    options.view.show(message)
    if (message.type === 'fault')
      reject(new Fault(message.code, message.what, { advice: message.advice, details: message.details }))
    if (message.type === 'up') void open(message.machines.map(({ name }) => name))
    if (message.type === 'manager') void turn(message.want).catch(reject)
    if (message.type !== 'figures') return
    options.onFigures(message.figures)
    if (options.once) resolve(message.figures)
  }
  const entered = start(receive)
  const turn = async (want: 'up' | 'down'): Promise<void> => {
    const from = performance.now()
    await (want === 'up' ? manager.start() : manager.stop())
    entered.send({
      type: 'manager',
      state: want,
      folder: manager.state,
      ms: performance.now() - from,
      tokens: manager.tokens,
    })
  }
  const open = async (hosts: readonly string[]): Promise<void> => {
    const pid = entered.pid()
    if (pid !== undefined) beacon = await announce({ pid, hosts, started: begun })
  }
  entered.ended.then((said) => reject(refusal(said)), reject)
  return { entered, result: promise, stop: () => resolve(undefined), close: () => beacon?.close() }
}

/**
 * Runs the plant until the story is told (`once`) or a person ends it. Nothing of it is left afterwards, whatever happens.
 * @returns the figures; undefined when it was ended before them
 * @throws Fault
 */
export const runPlant = async (options: RunOptions): Promise<Figures | undefined> => {
  needPrograms(allPrograms)
  const manager = new LabManager()
  const { entered, result, stop, close } = watch((onMessage) => enterPlant(options.speed, onMessage), manager, options)
  for (const signal of stopSignals) process.on(signal, stop)
  try {
    return await result
  } finally {
    close()
    await entered.end()
    await manager.close()
    options.view.close()
    for (const signal of stopSignals) process.off(signal, stop)
  }
}
