/** The messages of every protocol that the tests run over; beside the codecs, never loaded with them. */
import type { Golden } from './golden.ts'
import { bacnetGolden } from './bacnet/golden.ts'
import type { ProtocolName } from './index.ts'
import { dnp3Golden } from './dnp3/golden.ts'
import { iec104Golden } from './iec104/golden.ts'
import { enipGolden } from './enip/golden.ts'
import { modbusGolden } from './modbus/golden.ts'
import { opcuaGolden } from './opcua/golden.ts'
import { s7commGolden } from './s7comm/golden.ts'

export const goldens: { readonly [P in ProtocolName]: readonly Golden[] } = {
  modbus: modbusGolden,
  enip: enipGolden,
  dnp3: dnp3Golden,
  iec104: iec104Golden,
  bacnet: bacnetGolden,
  opcua: opcuaGolden,
  s7comm: s7commGolden,
}
