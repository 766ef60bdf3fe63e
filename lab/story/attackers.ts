/** What the attackers of the story do, and where they do it from. */
import type { Plant } from '../plant/plant.ts'

/** All controllers as nmap takes them: `198.18.1.10,11,74,75`. */
export const controllers = (plant: Plant): string => {
  const ips = plant.hosts.filter(({ kind }) => kind === 'plc').map(({ ip }) => ip)
  return [ips[0], ...ips.slice(1).map((ip) => ip.slice(ip.lastIndexOf('.') + 1))].join(',')
}

/** Looks for S7 and Modbus on every controller: finds them by ARP, then sends to their ports. */
export const sweepOf = (plant: Plant): readonly string[] => [
  'nmap',
  '-n',
  '-sS',
  '-T5',
  '-p',
  '102,502',
  controllers(plant),
]

/** Looks for the controllers once more, by ARP alone. */
export const arpScanOf = (plant: Plant): readonly string[] => ['nmap', '-n', '-sn', '-PR', '-T5', controllers(plant)]

/** The laptop as it comes back: another card, another address. */
export const secondLaptop = { ip: '198.18.1.181', mac: '00:e0:4c:66:66:03' } as const

/** The laptop, again with another card each time: who asks decoys, scans, guesses, and uses what he stole. */
export const visitors = {
  scout: { ip: '198.18.1.182', mac: '00:e0:4c:66:66:04' },
  scanner: { ip: '198.18.1.183', mac: '00:e0:4c:66:66:05' },
  guesser: { ip: '198.18.1.184', mac: '00:e0:4c:66:66:06' },
  thief: { ip: '198.18.1.185', mac: '00:e0:4c:66:66:07' },
} as const
export const laptops = [secondLaptop, ...Object.values(visitors)]

/** Gives a machine another address and another Ethernet address, as a new adapter would. */
export const replug = async (plant: Plant, host: string, { ip, mac }: { ip: string; mac: string }): Promise<void> => {
  for (const words of [
    ['link', 'set', 'eth0', 'down'],
    ['address', 'flush', 'dev', 'eth0'],
    ['link', 'set', 'eth0', 'address', mac],
    ['link', 'set', 'eth0', 'up'],
    ['address', 'add', `${ip}/24`, 'dev', 'eth0'],
  ])
    await plant.run(host, ['ip', ...words])
}
