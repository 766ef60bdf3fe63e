/** What an order would mean before it is given: whom it reaches, whose the address is, who must agree. */
import { Fault } from '#core/errors.ts'
import type { Scope } from '#schema/link-values.ts'
import type { Manager } from '../context.ts'
import { askedIp, isPrivate } from './addresses.ts'
import { ownNetwork, publishedSite, publishedSites, type PublishedSite } from './published.ts'
import { scopeText } from './rows.ts'

export interface Asked {
  readonly ip: string
  readonly level: Scope['level']
  readonly site?: string | undefined
  readonly edge?: string | undefined
}
export interface Examined {
  readonly ip: string
  readonly scope: Scope
  /** Names of reached sites. */
  readonly reached: readonly string[]
  readonly policies: readonly PublishedSite[]
  readonly isPrivate: boolean
  readonly known: readonly { site: string; asset: string; kind: string; zone: string }[]
  /** Why it can never be. */
  readonly refused?: string
  /** Why somebody else has to agree. */
  readonly approval?: string
}

const scopeOfAsked = ({ level, site, edge }: Asked): Scope => {
  if (level === 'fleet') {
    if (site !== undefined || edge !== undefined)
      throw new Fault('usage', 'The fleet is every site; an order for it names none.', {
        advice: 'Leave the site out, or order for a site.',
      })
    return { level }
  }
  if (site === undefined)
    throw new Fault('usage', `An order for one ${level} names the site.`, {
      advice: 'Name it (--site), or order for the whole fleet (--scope fleet).',
    })
  if (level === 'site') {
    if (edge !== undefined)
      throw new Fault('usage', 'An order for a site names no edge.', {
        advice: 'Leave the edge out, or order for one edge (--scope edge).',
      })
    return { level, site }
  }
  if (edge === undefined) throw new Fault('usage', 'An order for an edge names the edge.')
  return { level, site, edge }
}

const reachedBy = async ({ db }: Manager, scope: Scope): Promise<string[]> => {
  if (scope.level === 'fleet')
    return (await db.selectFrom('sites').select('name').orderBy('name').execute()).map(({ name }) => name)
  const found =
    scope.level === 'site'
      ? await db.selectFrom('sites').select('name').where('name', '=', scope.site).executeTakeFirst()
      : await db
          .selectFrom('edges')
          .select('name')
          .where('site', '=', scope.site)
          .where('name', '=', scope.edge)
          .executeTakeFirst()
  if (found === undefined) throw new Fault('not-found', `There is no ${scopeText(scope)}.`)
  return [scope.site]
}

const refusal = ({
  scope,
  known,
  isPrivate: hidden,
  ip,
}: Omit<Examined, 'refused' | 'approval'>): string | undefined => {
  const safety = known.find(({ kind }) => kind === 'sis')
  if (safety !== undefined) return `${safety.asset} of ${safety.site} is a safety asset: it is never contained`
  return hidden && scope.level === 'fleet'
    ? `${ip} is another host at every site: name the site whose host it is`
    : undefined
}

/** A private address that is of none of a site's networks is somebody else's there, until a second person says it is meant. */
const approvalFor = ({
  scope,
  policies,
  isPrivate: hidden,
  ip,
}: Omit<Examined, 'refused' | 'approval'>): string | undefined =>
  hidden && scope.level !== 'fleet' && !policies.some((policy) => ownNetwork(policy, ip))
    ? `${ip} is a private address and of no network of ${scope.site}`
    : undefined

/** @throws Fault `usage` or `not-found` for what is no order at all */
export const examine = async (manager: Manager, asked: Asked): Promise<Examined> => {
  const ip = askedIp(asked.ip)
  const scope = scopeOfAsked(asked)
  const reached = await reachedBy(manager, scope)
  const own = scope.level === 'fleet' ? undefined : await publishedSite(manager, scope.site)
  const policies = scope.level === 'fleet' ? await publishedSites(manager) : own === undefined ? [] : [own]
  const known = policies.flatMap(({ site, known: assets }) => {
    const asset = assets.get(ip)
    return asset === undefined ? [] : [{ site, ...asset }]
  })
  const found = { ip, scope, reached, policies, isPrivate: isPrivate(ip), known }
  const refused = refusal(found)
  const approval = approvalFor(found)
  return { ...found, ...(refused === undefined ? {} : { refused }), ...(approval === undefined ? {} : { approval }) }
}

/** @throws Fault `refused` for what is never ordered, or was not said to be known */
export const permitOrder = ({ refused, known }: Examined, isSaidToBeKnown: boolean): void => {
  if (refused !== undefined)
    throw new Fault('refused', `${refused}.`, { advice: 'Look at what it reaches: `bulkhead orders preview`.' })
  if (known.length > 0 && !isSaidToBeKnown)
    throw new Fault('refused', `It is a known asset: ${known[0]?.asset} of ${known[0]?.site}.`, {
      advice: 'See what stops with `bulkhead orders preview`, and say --known when it is meant.',
      details: known.map(({ site, asset, kind, zone }) => `${site}: ${asset} (${kind}, zone ${zone})`).slice(0, 20),
    })
}
