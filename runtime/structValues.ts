import { Reader } from "./protobuf";

type Plain = null | number | string | boolean;

/**
 * Reads a `google.protobuf.Value`; what a struct becomes is its reader's own affair.
 *
 * https://protobuf.dev/reference/protobuf/google.protobuf/#value
 */
export function readValue<Struct>(
  reader: Reader,
  readStruct: (reader: Reader) => Struct,
): StructValue<Struct> {
  let value: StructValue<Struct> = null;
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        value = reader.double();
        break;
      case 3:
        value = reader.string();
        break;
      case 4:
        value = reader.bool();
        break;
      case 5:
        value = readStruct(reader.message());
        break;
      case 6:
        value = readList(reader.message(), readStruct);
        break;
      default:
        reader.skip();
    }
  }
  return value;
}

export type StructValue<Struct> = Plain | Struct | StructValue<Struct>[];

function readList<Struct>(reader: Reader, readStruct: (reader: Reader) => Struct): StructValue<Struct>[] {
  const result: StructValue<Struct>[] = [];
  while (reader.next()) {
    if (reader.field === 1) result.push(readValue(reader.message(), readStruct));
    else reader.skip();
  }
  return result;
}
