/** Disagreements with tshark that are known and right, each with its reason. */

export interface Skip {
  /** End of the capture's path, e.g. `fuzz-72.pcap`. */
  readonly capture: string
  /** Frames it holds for. */
  readonly frames: readonly number[]
  readonly reason: string
}

/** By protocol. */
export const skips: Readonly<Record<string, readonly Skip[]>> = {
  modbus: [
    {
      capture: 'ModbusTCP/mb2.pcap',
      frames: [3008],
      reason:
        'their requests are in frame 1131, which tshark leaves out as a retransmission: without them it shows no address',
    },
    {
      capture: 'modbus_test_data_part1.pcap',
      frames: [113],
      reason: 'tshark glues three stray bytes of frame 111 to it; a new unit begins with the segment',
    },
  ],
  s7comm: [],
  enip: [],
  dnp3: [
    {
      capture: 'dnp3-max-points/test.pcap',
      frames: [93],
      reason: 'the fragment is longer than an outstation takes: it is not looked at',
    },
    {
      capture: 'dnp3/assign_class.pcap',
      frames: [1],
      reason: 'tshark reads the class that is assigned, and not the points behind it',
    },
    {
      capture: 'write_vto_empty_string.pcap',
      frames: [2],
      reason: 'a virtual terminal of variation 0 has no size: it is malformed, and its points are not told',
    },
  ],
  iec104: [],
  opcua: [],
  bacnet: [],
}
