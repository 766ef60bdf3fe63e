import type { Scope } from '#schema/link-values.ts'
import type { Blast, Order, Permit, SiteBlast } from '#schema/manager-orders.ts'
import type { Column, Output } from '../output.ts'

export const scopeText = (scope: Scope): string =>
  scope.level === 'fleet' ? 'fleet' : scope.level === 'site' ? scope.site : `${scope.site}/${scope.edge}`

const minutes = (ms: number): string => {
  const left = Math.max(0, Math.round(ms / 60_000))
  return left < 120 ? `${left}m` : left < 2880 ? `${Math.round(left / 60)}h` : `${Math.round(left / 1440)}d`
}
export const leftOf = ({ expires }: { readonly expires: string }, now: number): string =>
  minutes(Date.parse(expires) - now)

export const orderColumns = (now: number): Column<Order>[] => [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'ADDRESS', cell: ({ ip }) => ip },
  { title: 'REACHES', cell: ({ scope }) => scopeText(scope) },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'LEFT', cell: (order) => leftOf(order, now), right: true },
  { title: 'BY', cell: ({ by }) => by },
  { title: 'WHY', cell: ({ why, reason }) => (why === undefined ? reason : `${why}: ${reason}`) },
]

export const permitColumns = (now: number): Column<Permit>[] => [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'SITE', cell: ({ site, edge }) => (edge === undefined ? site : `${site}/${edge}`) },
  { title: 'FROM', cell: ({ from }) => from },
  { title: 'TO', cell: ({ to }) => to },
  { title: 'SERVICE', cell: ({ service }) => service },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'LEFT', cell: (permit) => leftOf(permit, now), right: true },
  { title: 'BY', cell: ({ by }) => by },
  { title: 'REASON', cell: ({ reason }) => reason },
]

const siteText = (output: Output, { site, peers, packets, conduits, elsewhere, talks }: SiteBlast): string[] => [
  `${site}: ${peers} ${peers === 1 ? 'peer' : 'peers'}, ${packets} packets`,
  ...conduits.map(
    ({ id, essential, packets: through }) =>
      `  conduit ${id}: ${through} packets${essential ? ', essential: goes on' : ', stops'}`,
  ),
  ...(elsewhere === 0 ? [] : [`  outside every conduit: ${elsewhere} packets`]),
  ...(talks.length === 0
    ? []
    : [
        output.table(talks, [
          { title: '  WITH', cell: (talk) => `  ${talk.asset ?? talk.with}` },
          {
            title: 'SERVICE',
            cell: ({ protocol = '', port }) => (port === undefined ? protocol : `${protocol}/${port}`),
          },
          { title: 'CONDUIT', cell: ({ conduit = '-' }) => conduit },
          { title: 'PACKETS', cell: (talk) => talk.packets, right: true },
          { title: 'LAST', cell: ({ last }) => last.slice(0, 16).replace('T', ' ') },
        ]),
      ]),
]

export const blastText = (output: Output, { days, sites }: Blast): string =>
  [`Recorded in the last ${days} days:`, ...sites.flatMap((site) => siteText(output, site))].join('\n')

export const orderText = (order: Order): string =>
  [
    `${order.ip} at ${scopeText(order.scope)}: ${order.state}, until ${order.expires}`,
    `  order    ${order.id}`,
    `  by       ${order.by}`,
    `  reason   ${order.reason}`,
    ...(order.why === undefined ? [] : [`  waits    ${order.why}`]),
    ...(order.known.length === 0 ? [] : [`  known    ${order.known.join(', ')}`]),
    ...(order.agreed === undefined ? [] : [`  agreed   ${order.agreed.row}, by ${order.agreed.by.join(', ')}`]),
    ...(order.cause === undefined
      ? []
      : [
          `  follows  event ${order.cause.event} of ${order.cause.site}/${order.cause.edge} at ${order.cause.detected}`,
        ]),
    ...(order.decided === undefined
      ? []
      : [`  decided  by ${order.decided.by} at ${order.decided.at}: ${order.decided.reason}`]),
    ...(order.released === undefined
      ? []
      : [`  released by ${order.released.by} at ${order.released.at}: ${order.released.reason}`]),
  ].join('\n')
