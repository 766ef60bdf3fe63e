/** What lies over the tables of the store in memory, where the disk took nothing. */
import type { ReplacedBinding } from './bindings.ts'
import type { HeldObject } from './held.ts'

/** Orders that are in the kernel and could not be written down: whoever reads them does not bring back what was ended. */
export interface Layer {
  /** In place of the values of these names; undefined: taken away. */
  readonly values: Map<string, unknown>
  /** Ids of permits that are not in force any more. */
  readonly revoked: Set<string>
  /** Ids of containments that are not in force any more. */
  readonly released: Set<number>
  /** In place of the bindings of these assets; undefined: there is none. */
  readonly bindings: Map<string, ReplacedBinding | undefined>
  /** In place of what is held of a manager, by {@link heldKey}; undefined: it is not held any more. */
  readonly held: Map<string, HeldObject | undefined>
}

export const heldKey = ({ stream, id }: Pick<HeldObject, 'stream' | 'id'>): string => `${stream} ${id}`

const empty = (): Layer => ({
  values: new Map(),
  revoked: new Set(),
  released: new Set(),
  bindings: new Map(),
  held: new Map(),
})

export class Overlay {
  #layer = empty()

  get layer(): Layer {
    return this.#layer
  }

  /** The tables alone count from here on. @returns what lay over them, for {@link lay} */
  lift(): Layer {
    const lifted = this.#layer
    this.#layer = empty()
    return lifted
  }

  lay(layer: Layer): void {
    this.#layer = layer
  }
}
