/** Of which conversation the pieces of a datagram are, though only the first has ports. */
import type { Headers } from '#packet/headers.ts'
import type { Connection } from './connection.ts'

/** Datagrams remembered at once. */
const most = 256

const keyOf = ({ fragmentId, src0, src1, src2, src3, dst0, dst1, dst2, dst3 }: Headers, vlan: number): string =>
  `${vlan} ${fragmentId} ${src0} ${src1} ${src2} ${src3} ${dst0} ${dst1} ${dst2} ${dst3}`

/** Whether it comes from the end that sent the first packet. */
export const isSentBy = (one: Connection, { src0, src1, src2, src3 }: Headers): boolean =>
  one.src3 === src3 && one.src2 === src2 && one.src1 === src1 && one.src0 === src0

export class Fragments {
  readonly #known = new Map<string, Connection>()

  /** @returns undefined for a first piece, and where that was not seen */
  find(headers: Headers, vlan: number): Connection | undefined {
    return headers.fragmentOffset > 0 ? this.#known.get(keyOf(headers, vlan)) : undefined
  }

  begin(headers: Headers, vlan: number, connection: Connection): void {
    if (headers.fragmentOffset > 0) return
    if (this.#known.size >= most) for (const first of this.#known.keys().take(1)) this.#known.delete(first)
    this.#known.set(keyOf(headers, vlan), connection)
  }

  clear(): void {
    this.#known.clear()
  }
}
