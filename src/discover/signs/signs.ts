/**
 * What looks like an attack in what was seen. A sign excludes from a proposal and is reported; it accuses nobody: commissioning
 * looks much the same. Without a regular baseline nothing is late or rare, and nothing is said of it.
 */
import { signKinds, type Inventory, type Observed, type Sign } from '../model.ts'
import { addressConflicts, conflictsOf } from './conflict.ts'
import { engineering } from './engineering.ts'
import { forgedWrites } from './forged.ts'
import { newMasters } from './masters.ts'
import { noise } from './noise.ts'
import { scans } from './scan.ts'
import { inOrder } from './sign.ts'
import { sweeps } from './sweep.ts'

/** Redundant pairs and devices that a person answers for are known by the inventory: they are no conflict. */
const isToldRedundant = (inventory: Inventory, vlan: number, ip: string): boolean =>
  /redundan/i.test(inventory.at(vlan, ip)?.told?.note ?? '')

/** Pure: the same observations give the same signs in the same order. */
export const signsOf = (observed: Observed, inventory: Inventory): readonly Sign[] => {
  const { conversations } = observed
  const conflicts = conflictsOf(observed).filter(({ vlan, ip }) => !isToldRedundant(inventory, vlan, ip))
  const disputed = new Set(conflicts.map(({ vlan, ip }) => `${vlan} ${ip}`))
  const found = [
    ...scans(conversations),
    ...sweeps(conversations),
    ...newMasters(conversations),
    ...forgedWrites(conversations, disputed),
    ...engineering(conversations),
    ...noise(conversations),
    ...addressConflicts(observed, conflicts),
  ]
  return inOrder(found, signKinds)
}
