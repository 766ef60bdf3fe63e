/** What answers are about. An answer to Read lists values without their nodes, a notification names the client's handle only. */

/** Attributes read by requests that are not answered yet. Older ones are forgotten, and their answers show no values. */
const capacity = 4096
/** Handles of watched attributes. */
const handles = 4096

interface Watched {
  readonly node: string
  readonly namespace: number
  readonly attribute: number
  /** Two items have this handle, so that a notification does not say which one it is about. */
  ambiguous: boolean
}

export class Asked {
  readonly #nodes: string[] = []
  readonly #namespaces: number[] = []
  readonly #attributes: number[] = []
  /** Position of the next one, ever rising. */
  next = 0

  add(node: string, namespace: number, attribute: number): void {
    const at = this.next++ % capacity
    this.#nodes[at] = node
    this.#namespaces[at] = namespace
    this.#attributes[at] = attribute
  }
  has(position: number): boolean {
    return position < this.next && position >= this.next - capacity
  }
  node(position: number): string {
    return this.#nodes[position % capacity] ?? ''
  }
  namespace(position: number): number {
    return this.#namespaces[position % capacity] ?? 0
  }
  attribute(position: number): number {
    return this.#attributes[position % capacity] ?? 0
  }

  readonly #watched = new Map<number, Watched>()
  /** Notifications may come whose handles were not seen. */
  blind = false

  /** An item with this handle watches an attribute. An empty node: something else than a current value. */
  watch(handle: number, node: string, namespace: number, attribute: number): void {
    const known = this.#watched.get(handle)
    if (known === undefined) {
      if (this.#watched.size < handles)
        this.#watched.set(handle, { node, namespace, attribute, ambiguous: node === '' })
      else this.blind = true
    } else if (known.node !== node || known.attribute !== attribute) known.ambiguous = true
  }
  watched(handle: number): Watched | undefined {
    const known = this.blind ? undefined : this.#watched.get(handle)
    return known?.ambiguous === true ? undefined : known
  }
}
