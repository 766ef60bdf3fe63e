/** The codecs, by protocol. Apart from the registry of vocabularies, so that what only needs words loads no codec. */
import type { Codec } from '#core/codec.ts'
import type { ProtocolName } from './index.ts'
import { iec104Codec } from './iec104/iec104.ts'
import { modbusCodec } from './modbus/modbus.ts'

export const codecs: { readonly [P in ProtocolName]?: Codec } = {
  modbus: modbusCodec,
  iec104: iec104Codec,
}
