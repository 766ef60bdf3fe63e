/** An order that was begun and came to nothing. */
import type { EventDraft } from '#schema/event.ts'
import { writeOrder, type Edge } from '../context.ts'
import { keys } from '../store/kv.ts'
import type { Layer } from '../store/overlay.ts'
import { takeBack, untoldWithout } from '../untold.ts'

/**
 * What an order changed is changed back and nothing is told of it, also where the disk does not take that yet.
 * @param begun as `begin` gave it
 * @param meanwhile lays over the store what holds until then
 */
export const giveUp = (
  edge: Edge,
  begun: EventDraft,
  undo: () => unknown,
  meanwhile: (layer: Layer) => void = () => undefined,
): void => {
  const others = untoldWithout(edge.store, begun)
  writeOrder(
    edge,
    () => takeBack(edge.store, begun, undo),
    (layer) => {
      layer.values.set(keys.begun, others)
      meanwhile(layer)
    },
  )
}
