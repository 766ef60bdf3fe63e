/** What follows at once from a risk: the kernel knows it, and permits that ask for a lower one end. */
import { steadyNow, type Edge } from '../context.ts'
import { listRisks, setRisk, type Risk } from '../kernel/risk.ts'
import { revoke } from './permit.ts'
import { askedOf, overtaken } from './permit-risk.ts'

/**
 * Takes what a manager says of sources; of all others it stays. Permits that ask for a risk below what their source has now end for good:
 * a person gives them again.
 * @throws Fault `kernel-rejected`
 */
export const takeRisk = (edge: Edge, risks: readonly Risk[]): void => {
  setRisk(edge, risks)
  const asked = askedOf(edge.store)
  if (Object.keys(asked).length === 0) return
  const scores = new Map(listRisks(edge.nft, edge.family).map(({ ip, score }) => [ip, score]))
  for (const { id, score, below } of overtaken(edge.store.permits.active(steadyNow(edge.store)), asked, scores))
    revoke(edge, { id, by: `risk ${score}, not below ${below}` })
}
