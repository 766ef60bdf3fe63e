/** Interfaces that a plan needs. */
import { Fault } from '#core/errors.ts'
import { nearestName } from '#linux/missing-interface.ts'
import { links } from '#linux/rtnetlink.ts'
import type { Plan } from '#policy/plan.ts'

/** @throws Fault `interface-missing` for the first that is not there */
export const refusePorts = ({ ports }: Pick<Plan, 'ports'>): void => {
  const present = links().map(({ name }) => name)
  const missing = ports.find(({ device }) => !present.includes(device))
  if (missing === undefined) return
  const nearest = nearestName(missing.device, present)
  throw new Fault(
    'interface-missing',
    `The port "${missing.name}" names the interface "${missing.device}", which does not exist${nearest === undefined ? '' : `; the nearest is "${nearest}"`}.`,
    { details: [`Present: ${present.filter((name) => name !== 'lo').join(', ')}`] },
  )
}

/** Interfaces of a plan that are there: where one is gone, the others are joined all the same. */
export const presentDevices = ({ ports }: Pick<Plan, 'ports'>): string[] => {
  const present = new Set(links().map(({ name }) => name))
  return ports.map(({ device }) => device).filter((device) => present.has(device))
}
