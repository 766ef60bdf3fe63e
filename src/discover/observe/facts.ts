/** From what packets tell of devices to facts: whoever said it, whoever it is about. */
import type { Evidence, Fact } from '../model.ts'
import type { Sighting } from '../identity/identity.ts'
import type { FactSum } from './recording.ts'

/** Facts told apart in one recording. */
const mostFacts = 100_000

export class Facts {
  readonly all = new Map<string, FactSum>()
  untold = 0

  add(
    vlan: number,
    address: string,
    told: Pick<Fact, 'name' | 'value' | 'source' | 'confidence'>,
    evidence: () => Evidence,
  ): void {
    if (address === '') return
    const key = `${vlan} ${address} ${told.name} ${told.source} ${told.value}`
    const known = this.all.get(key)
    if (known !== undefined) known.count++
    else if (this.all.size >= mostFacts) this.untold++
    else {
      const { name, value, source, confidence } = told
      this.all.set(key, { vlan, address, name, value, source, confidence, count: 1, evidence: evidence() })
    }
  }

  sighting(
    vlan: number,
    { of, ...told }: Sighting,
    ends: readonly [sender: string, receiver: string],
    evidence: () => Evidence,
  ): void {
    const address = of === 'sender' ? ends[0] : of === 'receiver' ? ends[1] : 'mac' in of ? of.mac.toLowerCase() : of.ip
    this.add(vlan, address, told, evidence)
  }
}
