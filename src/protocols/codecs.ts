/** The codecs, by protocol. Apart from the registry of vocabularies, so that what only needs words loads no codec. */
import type { Codec } from '#core/codec.ts'
import { bacnetCodec } from './bacnet/bacnet.ts'
import type { ProtocolName } from './index.ts'
import { dnp3Codec } from './dnp3/dnp3.ts'
import { iec104Codec } from './iec104/iec104.ts'
import { enipCodec } from './enip/enip.ts'
import { modbusCodec } from './modbus/modbus.ts'
import { opcuaCodec } from './opcua/opcua.ts'
import { s7commCodec } from './s7comm/s7comm.ts'

export const codecs: { readonly [P in ProtocolName]: Codec } = {
  modbus: modbusCodec,
  enip: enipCodec,
  dnp3: dnp3Codec,
  iec104: iec104Codec,
  bacnet: bacnetCodec,
  opcua: opcuaCodec,
  s7comm: s7commCodec,
}
