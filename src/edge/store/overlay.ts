/**
 * What holds although the disk does not say it: orders that are in the kernel and could not be written down. It is laid over the tables
 * in memory, so that whoever reads them, to list what is in force or to put it back into the kernel, does not bring back what was ended.
 */
import type { ReplacedBinding } from './bindings.ts'

export interface Layer {
  /** In place of the values of these names; undefined: taken away. */
  readonly values: Map<string, unknown>
  /** Ids of permits that are not in force any more. */
  readonly revoked: Set<string>
  /** Ids of containments that are not in force any more. */
  readonly released: Set<number>
  /** In place of the bindings of these assets; undefined: there is none. */
  readonly bindings: Map<string, ReplacedBinding | undefined>
}

const empty = (): Layer => ({ values: new Map(), revoked: new Set(), released: new Set(), bindings: new Map() })

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
