// Writes an ONNX model: the messages of onnx.proto that a network needs, by their public field numbers.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Operator set of the default domain; 13 (IR version 7, ONNX 1.8, 2020) is read by every runtime in use. */
export const OPSET = 13;
const IR_VERSION = 7;

/** A constant of the graph: float32, or whole numbers (int64) for shapes and indices. */
export interface Initializer {
  name: string;
  dims: number[];
  values: Float32Array | number[];
}

/** Whole numbers, lists of them, or `{ float }`. */
export type Attribute = number | number[] | { float: number };

export interface OnnxNode {
  type: string;
  inputs: string[];
  output: string;
  attributes?: Record<string, Attribute>;
}

/** Dimensions of an input or output; text is a free one's name. */
export interface OnnxValue {
  name: string;
  dims: (number | string)[];
}

export interface OnnxModel {
  name: string;
  producer: { name: string; version: string };
  nodes: OnnxNode[];
  initializers: Initializer[];
  input: OnnxValue;
  output: OnnxValue;
  metadata: Record<string, string>;
}

type Part = (w: BinaryWriter) => void;

const message = (w: BinaryWriter, field: number, part: Part) => {
  w.tag(field, WireType.LengthDelimited).fork();
  part(w);
  w.join();
};
const text = (w: BinaryWriter, field: number, value: string) =>
  w.tag(field, WireType.LengthDelimited).string(value);
const whole = (w: BinaryWriter, field: number, value: number) => w.tag(field, WireType.Varint).int64(value);

/** TensorProto.DataType. */
const FLOAT = 1;
const INT64 = 7;

/** Little-endian bytes, as raw_data wants them on any machine. */
function rawData(values: Float32Array | number[]): Uint8Array {
  const isFloat = values instanceof Float32Array;
  const view = new DataView(new ArrayBuffer(values.length * (isFloat ? 4 : 8)));
  values.forEach((value, i) => {
    if (isFloat) view.setFloat32(4 * i, value, true);
    else view.setBigInt64(8 * i, BigInt(value), true);
  });
  return new Uint8Array(view.buffer);
}

function tensor(w: BinaryWriter, { name, dims, values }: Initializer): void {
  for (const dim of dims) whole(w, 1, dim);
  w.tag(2, WireType.Varint).int32(values instanceof Float32Array ? FLOAT : INT64);
  text(w, 8, name);
  w.tag(9, WireType.LengthDelimited).bytes(rawData(values));
}

/** AttributeProto: its `type` (field 20) is 1 for a float, 2 for a whole number, 7 for a list of them. */
function attribute(w: BinaryWriter, name: string, value: Attribute): void {
  text(w, 1, name);
  if (Array.isArray(value)) for (const v of value) whole(w, 8, v);
  else if (typeof value === 'number') whole(w, 3, value);
  else w.tag(2, WireType.Bit32).float(value.float);
  w.tag(20, WireType.Varint).int32(Array.isArray(value) ? 7 : typeof value === 'number' ? 2 : 1);
}

function node(w: BinaryWriter, { type, inputs, output, attributes = {} }: OnnxNode): void {
  for (const input of inputs) text(w, 1, input);
  text(w, 2, output);
  text(w, 3, output);
  text(w, 4, type);
  for (const [name, value] of Object.entries(attributes)) message(w, 5, (a) => attribute(a, name, value));
}

function valueInfo(w: BinaryWriter, { name, dims }: OnnxValue): void {
  text(w, 1, name);
  message(w, 2, (type) =>
    message(type, 1, (tensorType) => {
      tensorType.tag(1, WireType.Varint).int32(FLOAT);
      message(tensorType, 2, (shape) => {
        for (const dim of dims)
          message(shape, 1, (d) => (typeof dim === 'number' ? whole(d, 1, dim) : text(d, 2, dim)));
      });
    }),
  );
}

/** The bytes of a ModelProto. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const w = new BinaryWriter();
  whole(w, 1, IR_VERSION);
  text(w, 2, model.producer.name);
  text(w, 3, model.producer.version);
  message(w, 7, (graph) => {
    for (const n of model.nodes) message(graph, 1, (part) => node(part, n));
    text(graph, 2, model.name);
    for (const i of model.initializers) message(graph, 5, (part) => tensor(part, i));
    message(graph, 11, (part) => valueInfo(part, model.input));
    message(graph, 12, (part) => valueInfo(part, model.output));
  });
  message(w, 8, (opset) => {
    text(opset, 1, '');
    whole(opset, 2, OPSET);
  });
  for (const [key, value] of Object.entries(model.metadata))
    message(w, 14, (entry) => {
      text(entry, 1, key);
      text(entry, 2, value);
    });
  return w.finish();
}
