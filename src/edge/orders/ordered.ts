/** Orders that hold about one address: of the manager, of a person here, of the edge itself. Each ends for itself, the last one counts. */
import type { Containment, ContainmentOrigin } from '../store/containments.ts'
import type { Store } from '../store/open.ts'

type Orders = Pick<Store, 'containments'>

export const orderedAbout = ({ containments }: Orders, ip: string, now: number): readonly Containment[] =>
  containments.of({ ip }, now).filter(({ kind }) => kind === 'ordered')

/** ms that what has no end is put into the kernel for. */
const endless = 30 * 86_400_000

/** When the last of them ends, ms since 1970; 0 where there is none. */
export const lastOf = (orders: readonly Pick<Containment, 'since' | 'expiresAt'>[]): number =>
  Math.max(0, ...orders.map(({ since, expiresAt }) => expiresAt ?? since + endless))

/**
 * Why an address is contained beyond a time: by which order, and until when.
 * @param except the origin that asks
 */
export const withheld = (
  store: Orders,
  ip: string,
  after: number,
  except?: ContainmentOrigin,
): { readonly until: number; readonly text: string } | undefined => {
  const [longest] = orderedAbout(store, ip, after)
    .filter(({ origin }) => origin !== except)
    .toSorted((a, b) => lastOf([b]) - lastOf([a]))
  if (longest === undefined) return undefined
  const until = lastOf([longest])
  const { by, reason } = longest
  return { until, text: `it stays contained until ${new Date(until).toISOString()} by order of ${by} (${reason})` }
}
