/**
 * @file Lowering: from the nodes reachable from the wanted outputs to an ONNX model. Unreached nodes vanish, small equal
 * constants and structurally equal operations are shared, composites dissolve into their parts.
 */
import { usageError } from '../kernel/errors.ts';
import { topologicalOrder } from './differentiate.ts';
import type { Attribute, ElementType, Operation, TensorNode } from './node.ts';
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx-schema.ts';

const ELEMENT_TYPE_CODE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
};

export interface LoweredGraph {
  readonly model: Uint8Array;
  /** Inputs that the graph really uses, in order of first use. */
  readonly inputs: readonly (TensorNode & { kind: 'input' })[];
  readonly nodeCount: number;
}

function encodeAttribute(name: string, attribute: Attribute): OnnxAttribute {
  switch (attribute.kind) {
    case 'float':
      return { name, type: 1, f: attribute.value };
    case 'int':
      return { name, type: 2, i: attribute.value };
    case 'string':
      return { name, type: 3, s: Buffer.from(attribute.value) };
    case 'ints':
      return { name, type: 7, ints: attribute.value };
  }
}

function valueInfo(name: string, node: TensorNode, withShape: boolean): OnnxValue {
  const elemType = ELEMENT_TYPE_CODE[node.elementType];
  if (!withShape) return { name, type: { tensorType: { elemType } } };
  const dim = node.shape.map((dimension) =>
    typeof dimension === 'number' ? { dimValue: dimension } : { dimParam: dimension },
  );
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

const bytesOf = (data: Float32Array | BigInt64Array | Int32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/**
 * A first output that is an empty sequence, which the Node binding cannot turn into a JavaScript value: it stops there,
 * after the run and before copying the other outputs (session.ts says why).
 */
export const BARRIER = 'barrier';

/** `outputs`: name -> node. */
export function lowerGraph(outputs: Readonly<Record<string, TensorNode>>): LoweredGraph {
  const names = new Map<TensorNode, string>();
  const operationOutputs = new Map<Operation, string[]>();
  const known = new Map<string, string[]>();
  const inputs: (TensorNode & { kind: 'input' })[] = [];
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];

  const lowerConstant = (node: TensorNode & { kind: 'constant' }): string => {
    const rawData = bytesOf(node.data);
    const key =
      rawData.length <= 64
        ? `constant ${node.elementType} [${node.shape}] ${Buffer.from(rawData).toString('hex')}`
        : undefined;
    const held = key === undefined ? undefined : known.get(key);
    if (held?.[0] !== undefined) return held[0];
    const name = `c${initializers.length}`;
    initializers.push({
      name,
      dims: node.shape.map(Number),
      dataType: ELEMENT_TYPE_CODE[node.elementType],
      rawData,
    });
    if (key !== undefined) known.set(key, [name]);
    return name;
  };

  const lowerOperation = (operation: Operation): string[] => {
    const done = operationOutputs.get(operation);
    if (done) return done;
    const inputNames = operation.inputs.map((item) =>
      item === undefined ? '' : (names.get(item) as string),
    );
    const key = JSON.stringify([
      operation.domain,
      operation.type,
      inputNames,
      operation.attributes,
      operation.outputs,
    ]);
    let outputNames = known.get(key);
    if (outputNames === undefined) {
      const at = nodes.length;
      outputNames = Array.from({ length: operation.outputs }, (_, index) => `n${at}_${index}`);
      nodes.push({
        opType: operation.type,
        domain: operation.domain,
        name: `${operation.type}_${at}`,
        input: inputNames,
        output: outputNames,
        attribute: Object.entries(operation.attributes).map(([name, attribute]) =>
          encodeAttribute(name, attribute),
        ),
      });
      known.set(key, outputNames);
    }
    operationOutputs.set(operation, outputNames);
    return outputNames;
  };

  for (const node of topologicalOrder(Object.values(outputs))) {
    switch (node.kind) {
      case 'input':
        if (inputs.some((other) => other.name === node.name))
          throw usageError(`two graph inputs are named ${node.name}`);
        inputs.push(node);
        names.set(node, node.name);
        break;
      case 'constant':
        names.set(node, lowerConstant(node));
        break;
      case 'composite':
        names.set(node, names.get(node.of) as string);
        break;
      case 'result':
        names.set(node, lowerOperation(node.operation)[node.output] as string);
    }
  }
  // Results are renamed to the output they are; an Identity copies what already has a name (an input, a second output).
  const renamed = new Map<string, string>();
  for (const [name, node] of Object.entries(outputs)) {
    const inner = names.get(node) as string;
    if (/^n\d/.test(inner) && !renamed.has(inner)) {
      renamed.set(inner, name);
      continue;
    }
    nodes.push({
      opType: 'Identity',
      domain: '',
      name: `output_${name}`,
      input: [inner],
      output: [name],
      attribute: [],
    });
  }
  nodes.push({
    opType: 'SequenceEmpty',
    domain: '',
    name: BARRIER,
    input: [],
    output: [BARRIER],
    attribute: [],
  });
  const rename = (name: string): string => renamed.get(name) ?? name;
  const model = encodeModel({
    node: nodes.map((node) => ({
      ...node,
      input: node.input.map(rename),
      output: node.output.map(rename),
    })),
    initializer: initializers,
    input: inputs.map((node) => valueInfo(node.name, node, true)),
    output: [
      { name: BARRIER },
      ...Object.entries(outputs).map(([name, node]) => valueInfo(name, node, false)),
    ],
  });
  return { model, inputs, nodeCount: nodes.length };
}
