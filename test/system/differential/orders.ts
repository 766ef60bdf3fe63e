/** Orders between packets: what people and the daemon change while traffic flows, in the state and in the kernel alike. */
import { hold, lift } from '#edge/kernel/containment.ts'
import { putRisks } from '#edge/kernel/risk.ts'
import { addTemporary, removeTemporary, setBypass, setWindow } from '#edge/kernel/permits.ts'
import { needsIpHooks } from '#policy/nft/ip-hooks.ts'
import { familyOfPlan, ipTable } from '#policy/nft/names.ts'
import type { Plan } from '#policy/plan.ts'
import type { State, Temporary } from '#policy/state.ts'
import type { Random } from './random.ts'
import type { Station } from './stations.ts'
import { randomTalk } from './talk.ts'
import type { Wires } from './wires.ts'

/** Windows go by their id, so that a step still means the same when a policy shrinks. */
export type OrderStep =
  | { readonly kind: 'hold' | 'lift'; readonly ip: string }
  | { readonly kind: 'open' | 'close'; readonly window: string }
  | { readonly kind: 'permit' | 'revoke'; readonly permit: Temporary }
  | { readonly kind: 'bypass'; readonly on: boolean }
  | { readonly kind: 'login'; readonly ip: string; readonly on: boolean }
  | { readonly kind: 'risk'; readonly ip: string; readonly score: number }

const vlansOf = (plan: Plan) => [...new Set(plan.ports.flatMap(({ vlans }) => vlans))]
const seconds = 3600

export const randomOrder = (
  plan: Plan,
  random: Random,
  stations: readonly Station[],
  permits: Temporary[],
): OrderStep => {
  const kind = random.weighted({
    hold: 3,
    lift: 3,
    open: plan.windows.length * 4,
    close: plan.windows.length * 2,
    permit: 3,
    revoke: permits.length,
    bypass: 0.4,
    login: plan.redirects.filter(({ when }) => when === 'unauthenticated').length * 3,
    risk: plan.conduits.filter(({ riskBelow }) => riskBelow !== undefined).length * 3,
  })
  if (kind === 'hold' || kind === 'lift') return { kind, ip: random.pick(random.pick(stations).ips) }
  if (kind === 'open' || kind === 'close') return { kind, window: random.pick(plan.windows).id }
  if (kind === 'risk')
    return { kind, ip: random.pick(random.pick(stations).ips), score: random.pick([0, 25, 39, 40, 55, 60, 100]) }
  if (kind === 'login') return { kind, ip: random.pick(random.pick(stations).ips), on: random.chance(0.7) }
  if (kind === 'bypass') return { kind, on: random.chance(0.3) }
  if (kind === 'revoke') return { kind, permit: random.pick(permits) }
  const { src, dst, vlan = 0, proto, port } = randomTalk(plan, random, stations)
  const sender = stations.find((station) => station.ips.includes(src))
  const bound = random.chance(0.4) && sender !== undefined ? { mac: sender.mac } : {}
  const permit = { vlan, src, dst, proto: port === undefined ? 6 : proto, port: port ?? 502, ...bound }
  permits.push(permit)
  return { kind, permit }
}

const without = (set: ReadonlySet<string>, drop: (key: string) => boolean): ReadonlySet<string> =>
  new Set([...set].filter((key) => !drop(key)))
const isSame = (a: Temporary, b: Temporary) =>
  a.vlan === b.vlan && a.src === b.src && a.dst === b.dst && a.proto === b.proto && a.port === b.port && a.mac === b.mac

/** The state after an order. Pure. */
export const ordered = (plan: Plan, state: State, order: OrderStep): State => {
  let next: State
  switch (order.kind) {
    case 'hold':
      next = { ...state, held: new Set([...state.held, ...vlansOf(plan).map((vlan) => `${vlan} ${order.ip}`)]) }
      break
    case 'lift': {
      const mine = (key: string) => key.split(' ').at(-1) === order.ip
      const links = new Set([...state.strangers].filter(mine).map((key) => key.split(' ').slice(0, 3).join(' ')))
      next = {
        ...state,
        strangers: without(state.strangers, mine),
        macs: without(state.macs, (key) => links.has(key)),
        containedKnown: without(state.containedKnown, mine),
        held: without(state.held, mine),
      }
      break
    }
    case 'open':
    case 'close': {
      const index = plan.windows.findIndex(({ id }) => id === order.window)
      const open = new Set(state.openWindows)
      if (order.kind === 'open' && index >= 0) open.add(index)
      else open.delete(index)
      next = { ...state, openWindows: open }
      break
    }
    case 'permit':
    case 'revoke': {
      const others = state.temporary.filter((permit) => !isSame(permit, order.permit))
      next = { ...state, temporary: order.kind === 'permit' ? [...others, order.permit] : others }
      break
    }
    case 'bypass':
      next = { ...state, bypass: order.on }
      break
    case 'login': {
      const authenticated = new Set(state.authenticated)
      if (order.on) authenticated.add(order.ip)
      else authenticated.delete(order.ip)
      next = { ...state, authenticated }
      break
    }
    case 'risk':
      next = { ...state, risks: new Map(state.risks).set(order.ip, order.score) }
  }
  return next
}

/** Open windows with the seconds they stay open: longer than any scenario. */
export const secondsOpen = (windows: ReadonlySet<number>): ReadonlyMap<number, number> =>
  new Map([...windows].map((index) => [index, seconds]))

/** Carries out an order in the kernel, the way the daemon does. */
export const carryOut = (
  { nft, world: { edge: namespace } }: Pick<Wires, 'nft' | 'world'>,
  plan: Plan,
  generation: number,
  order: OrderStep,
): void => {
  const family = familyOfPlan(plan)
  switch (order.kind) {
    case 'hold':
      return hold(nft, family, { ip: order.ip, vlans: vlansOf(plan), seconds })
    case 'lift':
      return void lift(nft, family, order.ip)
    case 'open':
    case 'close': {
      const index = plan.windows.findIndex(({ id }) => id === order.window)
      if (index >= 0) setWindow(nft, family, generation, index, order.kind === 'open' ? seconds : 0, needsIpHooks(plan))
      return
    }
    case 'permit':
      return addTemporary(nft, family, [order.permit], seconds)
    case 'revoke':
      return removeTemporary(nft, family, [order.permit])
    case 'bypass':
      return setBypass(nft, family, order.on ? seconds : 0)
    case 'login': {
      const set = `inet ${ipTable} authenticated${order.ip.includes(':') ? 6 : 4} { ${order.ip} }`
      const put = `add element ${set.replace(' }', ` timeout ${seconds}s }`)}`
      // Added first, so that there is something to take away.
      nft.run(order.on ? put : `${put}\ndelete element ${set}`)
      return
    }
    case 'risk': {
      const now = Date.now()
      const risk = { ip: order.ip, score: order.score, expires: now + seconds * 1000 }
      return putRisks({ nft, family }, [risk], now, namespace)
    }
  }
}
