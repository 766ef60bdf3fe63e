/**
 * Where the manager may dial on behalf of an administrator. Names are resolved once and the connection goes to that address, so that
 * a name cannot mean something else a moment later.
 */
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { cidrContains } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { isNeverDialled, meantBy, plainAddress } from './meant.ts'
import { names } from './names.ts'

const lookUp = names()
const loopback = ['127.0.0.0/8', '::1/128']

const isOwn = (address: string): boolean =>
  loopback.some((network) => cidrContains(network, address)) ||
  Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .some((one) => plainAddress(one.address) === address)

export interface Place {
  readonly address: string
  readonly family: 4 | 6
  readonly port: number
  /** For the certificate. */
  readonly host: string
}

/** @param ownPorts where this manager listens @throws Fault `refused`; Error when the name means nothing, or nobody answers in time */
export const placeOf = async (given: string, port: number, ownPorts: readonly number[]): Promise<Place> => {
  const host = given.replace(/^\[(.*)\]$/, '$1')
  const found = isIP(host) === 0 ? await lookUp(host) : { address: host, family: isIP(host) }
  const address = plainAddress(found.address)
  if (address === undefined || isNeverDialled(address))
    throw new Fault('refused', `${host} is ${address ?? found.address}, where the manager does not dial.`, {
      advice: 'Name an address that is routed and not link-local.',
    })
  if (ownPorts.includes(port) && [address, ...meantBy(address)].some(isOwn))
    throw new Fault('refused', `${host} port ${port} is this manager itself.`, { advice: 'Name another receiver.' })
  return { address, family: address.includes(':') ? 6 : 4, port, host }
}
