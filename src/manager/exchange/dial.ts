/**
 * Where the manager may dial on behalf of an administrator. Names are resolved once and the connection goes to that address, so that
 * a name cannot mean something else a moment later.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { canonicalIp, cidrContains } from '#core/address.ts'
import { Fault } from '#core/errors.ts'

/** Services of the machine and of clouds answer there (RFC 3927, RFC 4291 2.5.6), and nobody's receiver; the rest is no host. */
const never = ['169.254.0.0/16', 'fe80::/10', '0.0.0.0/8', '::/128', '224.0.0.0/3', 'ff00::/8']
const loopback = ['127.0.0.0/8', '::1/128']

/** `::ffff:192.0.2.1` is 192.0.2.1 to the kernel. */
const plain = (address: string): string => (canonicalIp(address) ?? address).replace(/^::ffff:(?=\d+\.)/, '')
const isOwn = (address: string): boolean =>
  loopback.some((network) => cidrContains(network, address)) ||
  Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .some((one) => plain(one.address) === address)

export interface Place {
  readonly address: string
  readonly family: 4 | 6
  readonly port: number
  /** For the certificate. */
  readonly host: string
}

/** @param ownPorts where this manager listens @throws Fault `refused` */
export const placeOf = async (given: string, port: number, ownPorts: readonly number[]): Promise<Place> => {
  const host = given.replace(/^\[(.*)\]$/, '$1')
  const found = isIP(host) === 0 ? await lookup(host) : { address: host, family: isIP(host) }
  const address = plain(found.address)
  if (never.some((network) => cidrContains(network, address)))
    throw new Fault('refused', `${host} is ${address}, where the manager does not dial.`, {
      advice: 'Name an address that is routed and not link-local.',
    })
  if (ownPorts.includes(port) && isOwn(address))
    throw new Fault('refused', `${host} port ${port} is this manager itself.`, { advice: 'Name another receiver.' })
  return { address, family: address.includes(':') ? 6 : 4, port, host }
}
