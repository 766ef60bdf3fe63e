/** Ports and bridges of plans before: what this edge joined together itself it also takes apart, and nothing else. */
import * as z from 'zod'
import type { Plan } from '#policy/plan.ts'
import { refusalOf } from './context.ts'
import { keys } from './store/kv.ts'
import type { Store } from './store/open.ts'

const Names = z.array(z.string())
const Former = z.object({ names: Names, ports: Names, addresses: Names })
/** Bridges, interfaces, and addresses (CIDR) of bridges. */
export type FormerPorts = z.infer<typeof Former>

export const devicesOf = ({ ports }: Plan): string[] => ports.map(({ device }) => device)

export const portsOf = (plan: Plan): FormerPorts => ({
  names: plan.kind === 'bridge' ? [plan.bridge] : [],
  ports: devicesOf(plan),
  addresses: plan.address === undefined ? [] : [plan.address],
})

const both = (a: FormerPorts, b: FormerPorts): FormerPorts => ({
  names: [...new Set([...a.names, ...b.names])],
  ports: [...new Set([...a.ports, ...b.ports])],
  addresses: [...new Set([...a.addresses, ...b.addresses])],
})

/** Whether one plan has other interfaces, another bridge or another address of it than the one before. */
export const isRewired = (before: Plan, after: Plan): boolean =>
  JSON.stringify(portsOf(before)) !== JSON.stringify(portsOf(after))

/** What plans since the last that was confirmed may have joined together; undefined when all of them had the same. */
export const formerPorts = (store: Pick<Store, 'kv'>): FormerPorts | undefined => store.kv.get(keys.formerPorts, Former)

/** Before anything is moved: whatever dies in between, whoever comes next knows what is ours. @throws Fault of the store */
export const rememberPorts = (store: Pick<Store, 'kv'>, before: Plan, after: Plan): FormerPorts => {
  const known = both(portsOf(before), portsOf(after))
  const earlier = formerPorts(store)
  const all = earlier === undefined ? known : both(earlier, known)
  store.kv.set(keys.formerPorts, all)
  return all
}

/** When the ports are those of the confirmed plan. On a full disk it is remembered for longer, which harms nobody. */
export const forgetPorts = (store: Pick<Store, 'kv'>): void => {
  if (formerPorts(store) !== undefined) refusalOf(() => store.kv.set(keys.formerPorts, undefined))
}

/** What is another one now, in sentences: what leaves comes first. */
export const rewired = (before: Plan, after: Plan): string[] => {
  const named = (plan: Plan, others: Plan) =>
    plan.ports
      .filter(({ device }) => !devicesOf(others).includes(device))
      .map(({ name, device }) => `${name} (${device})`)
  const where = (plan: Plan) => (plan.kind === 'bridge' ? `the bridge ${plan.bridge}` : 'this router')
  const moved = isRewired(before, after)
  return [
    ...named(before, after).map((port) => `Port ${port} leaves ${where(after)}: nothing passes there any more.`),
    ...named(after, before).map((port) => `Port ${port} joins ${where(after)}.`),
    ...(before.bridge === after.bridge ? [] : [`The bridge ${before.bridge} becomes ${after.bridge}.`]),
    ...(moved && before.address !== after.address && after.kind === 'bridge'
      ? [`The address of the bridge becomes ${after.address ?? 'none'}.`]
      : []),
  ]
}
