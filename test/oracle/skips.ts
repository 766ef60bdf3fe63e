/** Disagreements with tshark that are known and right, each with its reason. */

export interface Skip {
  /** End of the capture's path, e.g. `fuzz-72.pcap`; `*`: all of them. */
  readonly capture: string
  /** Frames it holds for. Without `frames` and `texts` the capture is not compared at all. */
  readonly frames?: readonly number[]
  /** Holds for disagreements of which each text, of tshark's and of ours, matches. */
  readonly texts?: RegExp
  readonly reason: string
}

/** By protocol. */
export const skips: Readonly<Record<string, readonly Skip[]>> = {
  modbus: [],
  s7comm: [],
  enip: [],
  dnp3: [],
  iec104: [],
  opcua: [],
  bacnet: [],
}
