/** Status codes by which a server says what it did not do: of the whole service, and of each of its operations. OPC 10000-4, 7.38. */
import { walk } from './shared-walk.ts'
import { diagnosticInfo, extensionObject, variant } from './values.ts'
import { array, double, node, run, u32, type Part } from './walk.ts'

/** A StatusCode: its two highest bits are the severity, and bad is 10. */
const status: Part = (at) => {
  if (at.i32() < 0) at.message.refused = true
}

/** ServiceResult in the header of a response, also of a ServiceFault (7.35). */
export const readServiceResult = status

const results = array(status)
const diagnostics = array(diagnosticInfo)
const extension: Part = (at) => {
  extensionObject(at)
}
const output: Part = (at) => {
  variant(at, undefined)
}

/**
 * Responses to services that change something, by the identifier of their encoding, up to the last status that counts. A value that is
 * read as bad tells of the process, not of a refusal.
 */
const byType: ReadonlyMap<number, readonly Part[]> = new Map<number, readonly Part[]>([
  [491, [array(status, node)]], // AddNodes
  [497, [results]], // AddReferences
  [503, [results]], // DeleteNodes
  [509, [results]], // DeleteReferences
  [676, [results]], // Write
  [703, [array(status, results, diagnostics)]], // HistoryUpdate
  [715, [array(status, results, diagnostics, array(output))]], // Call
  [754, [array(status, u32, double, u32, extension)]], // CreateMonitoredItems
  [766, [array(status, double, u32, extension)]], // ModifyMonitoredItems
  [772, [results]], // SetMonitoringMode
  [778, [results, diagnostics, results]], // SetTriggering
  [784, [results]], // DeleteMonitoredItems
  [802, [results]], // SetPublishingMode
  [844, [array(status, array(u32))]], // TransferSubscriptions
  [850, [results]], // DeleteSubscriptions
])

/** Reads on behind the header of the response of this type; what cannot be read is no refusal, and no fault. */
export const operationResults = (type: number): void => {
  const parts = byType.get(type)
  if (parts !== undefined) run(parts, walk)
}
