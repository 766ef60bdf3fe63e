/** Neighbours of an interface that are set and not asked for. */
import { IpError, runIp } from './ip.ts'
import { runBatch } from './station-batch.ts'

/** Who set an entry (ip-neighbour(8), `protocol`): those of others are left alone. */
const owner = 98

export interface Neighbour {
  readonly ip: string
  readonly mac: string
}

interface Row {
  readonly dst?: string
  readonly lladdr?: string
  readonly protocol?: string
}

export interface NeighbourPlace {
  readonly device: string
  readonly namespace?: string | undefined
}

/** Those that were set here, also by an earlier process; none where there is no such interface. */
export const pinnedNeighbours = async ({ device, namespace }: NeighbourPlace): Promise<Neighbour[]> => {
  try {
    const said = await runIp(['-4', '-j', 'neigh', 'show', 'dev', device, 'nud', 'permanent'], { namespace })
    const rows: Row[] = JSON.parse(said || '[]')
    return rows.flatMap(({ dst, lladdr, protocol }) =>
      dst === undefined || lladdr === undefined || protocol !== String(owner) ? [] : [{ ip: dst, mac: lladdr }],
    )
  } catch (error) {
    if (error instanceof IpError || error instanceof SyntaxError) return []
    throw error
  }
}

/** @throws Fault `privileges-missing`, `kernel-feature-missing` */
export const pinNeighbours = ({ device, namespace }: NeighbourPlace, neighbours: readonly Neighbour[]): Promise<void> =>
  runBatch(
    'ip',
    neighbours.map(({ ip, mac }) => `neigh replace ${ip} lladdr ${mac} dev ${device} nud permanent protocol ${owner}`),
    { namespace },
  )

/** What is not there is no error. */
export const unpinNeighbours = (
  { device, namespace }: NeighbourPlace,
  neighbours: readonly Pick<Neighbour, 'ip'>[],
): Promise<void> =>
  runBatch(
    'ip',
    neighbours.map(({ ip }) => `neigh delete ${ip} dev ${device}`),
    { namespace, force: true },
  )
