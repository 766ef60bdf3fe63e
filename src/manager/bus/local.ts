/** The bus of a manager that is alone. */
import { EventEmitter } from 'node:events'
import type { Bus } from './bus.ts'

/** @param onFault told what a listener threw: the others still get the hint */
export const localBus = (onFault: (error: unknown) => void): Bus => {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    publish: (topic, hint) => {
      for (const listener of emitter.listeners(topic))
        try {
          listener(hint)
        } catch (error) {
          onFault(error)
        }
    },
    subscribe: (topic, listener) => {
      emitter.on(topic, listener)
      return () => void emitter.off(topic, listener)
    },
    alarm: () => undefined,
    close: async () => void emitter.removeAllListeners(),
  }
}
