/**
 * The part of the TensorFlow C API that the engine calls, declared for koffi. Pointers are opaque to TypeScript, and koffi types
 * arguments and results of declared functions as `any`, which only this file and `binding.ts` may use.
 */
import { join } from 'node:path'
import koffi from 'koffi'
import { engineProblems } from '../problems.ts'
import { withoutBanner } from './banner.ts'

/** An opaque C pointer; null where C has NULL. */
export type Ptr = unknown
export interface TfOutput {
  readonly oper: Ptr
  readonly index: number
}

const RTLD_NOW = 2
const RTLD_GLOBAL = 0x100
const RTLD_NODELETE = 0x1000

/** Loads the library for the life of the process. `directory` holds files already checked by `locate.ts`. */
export function loadCApi(directory: string) {
  koffi.struct('TF_Output', { oper: 'void*', index: 'int' })
  koffi.struct('TF_Buffer', { data: 'void*', length: 'size_t', dealloc: 'void*' })
  const libc = koffi.load('libc.so.6')
  const dlopen = libc.func('void* dlopen(const char*, int)')
  const dlerror = libc.func('const char* dlerror()')
  // Pinned with NODELETE: their exit-time destructors crash if Node unloads them.
  for (const [file, flag] of [
    ['libtensorflow_framework.so.2', RTLD_GLOBAL],
    ['libtensorflow_cc.so.2', 0],
  ] as const) {
    const path = join(directory, file)
    const loaded = withoutBanner(libc, () => dlopen(path, RTLD_NOW | RTLD_NODELETE | flag))
    if (loaded === null) throw engineProblems.notLoaded(path, String(dlerror()))
  }
  const library = koffi.load(join(directory, 'libtensorflow_cc.so.2'))
  const framework = koffi.load(join(directory, 'libtensorflow_framework.so.2'))
  const f = (declaration: string) => library.func(declaration)
  return {
    // Copies between JavaScript's memory and TensorFlow's. koffi.view() would leave a small native record per call that is
    // freed only when the event loop turns; in a busy loop those fragment the heap (180 KB a step were lost).
    copy: libc.func('void* memcpy(void* to, const void* from, size_t)'),
    version: f('const char* TF_Version()'),
    newStatus: f('void* TF_NewStatus()'),
    code: f('int TF_GetCode(void*)'),
    message: f('const char* TF_Message(void*)'),
    deleteStatus: f('void TF_DeleteStatus(void*)'),
    allOps: f('TF_Buffer* TF_GetAllOpList()'),
    deleteBuffer: f('void TF_DeleteBuffer(TF_Buffer*)'),

    allocateTensor: f('void* TF_AllocateTensor(int, const int64_t*, int, size_t)'),
    tensorData: f('void* TF_TensorData(void*)'),
    tensorBytes: f('size_t TF_TensorByteSize(void*)'),
    deleteTensor: f('void TF_DeleteTensor(void*)'),

    newContextOptions: f('void* TFE_NewContextOptions()'),
    contextConfig: f('void TFE_ContextOptionsSetConfig(void*, const uint8_t*, size_t, void*)'),
    deleteContextOptions: f('void TFE_DeleteContextOptions(void*)'),
    newContext: f('void* TFE_NewContext(void*, void*)'),
    devices: f('void* TFE_ContextListDevices(void*, void*)'),
    deviceCount: f('int TF_DeviceListCount(void*)'),
    deviceName: f('const char* TF_DeviceListName(void*, int, void*)'),
    deleteDevices: f('void TF_DeleteDeviceList(void*)'),
    newHandle: f('void* TFE_NewTensorHandle(void*, void*)'),
    deleteHandle: f('void TFE_DeleteTensorHandle(void*)'),
    handleType: f('int TFE_TensorHandleDataType(void*)'),
    handleRank: f('int TFE_TensorHandleNumDims(void*, void*)'),
    handleDim: f('int64_t TFE_TensorHandleDim(void*, int, void*)'),
    /** Where its values are, e.g. `/job:localhost/replica:0/task:0/device:GPU:0`. */
    handleDevice: f('const char* TFE_TensorHandleBackingDeviceName(void*, void*)'),
    handleCopy: f('void* TFE_TensorHandleCopyToDevice(void*, void*, const char*, void*)'),
    handleResolve: f('void* TFE_TensorHandleResolve(void*, void*)'),

    newOp: f('void* TFE_NewOp(void*, const char*, void*)'),
    deleteOp: f('void TFE_DeleteOp(void*)'),
    opDevice: f('void TFE_OpSetDevice(void*, const char*, void*)'),
    opInput: f('void TFE_OpAddInput(void*, void*, void*)'),
    opString: f('void TFE_OpSetAttrString(void*, const char*, const char*, size_t)'),
    opInt: f('void TFE_OpSetAttrInt(void*, const char*, int64_t)'),
    opInts: f('void TFE_OpSetAttrIntList(void*, const char*, const int64_t*, int)'),
    opFloat: f('void TFE_OpSetAttrFloat(void*, const char*, float)'),
    opBool: f('void TFE_OpSetAttrBool(void*, const char*, uint8_t)'),
    opType: f('void TFE_OpSetAttrType(void*, const char*, int)'),
    opShape: f('void TFE_OpSetAttrShape(void*, const char*, const int64_t*, int, void*)'),
    execute: f('void TFE_Execute(void*, _Out_ void**, _Inout_ int*, void*)'),
    addFunction: f('void TFE_ContextAddFunction(void*, void*, void*)'),
    removeFunction: f('void TFE_ContextRemoveFunction(void*, const char*, void*)'),

    newGraph: f('void* TF_NewGraph()'),
    deleteGraph: f('void TF_DeleteGraph(void*)'),
    newNode: f('void* TF_NewOperation(void*, const char*, const char*)'),
    nodeInput: f('void TF_AddInput(void*, TF_Output)'),
    nodeInputs: f('void TF_AddInputList(void*, const TF_Output*, int)'),
    nodeAfter: f('void TF_AddControlInput(void*, void*)'),
    finishNode: f('void* TF_FinishOperation(void*, void*)'),
    nodeString: f('void TF_SetAttrString(void*, const char*, const char*, size_t)'),
    nodeInt: f('void TF_SetAttrInt(void*, const char*, int64_t)'),
    nodeInts: f('void TF_SetAttrIntList(void*, const char*, const int64_t*, int)'),
    nodeFloat: f('void TF_SetAttrFloat(void*, const char*, float)'),
    nodeBool: f('void TF_SetAttrBool(void*, const char*, uint8_t)'),
    nodeType: f('void TF_SetAttrType(void*, const char*, int)'),
    nodeTypes: f('void TF_SetAttrTypeList(void*, const char*, const int*, int)'),
    nodeShape: f('void TF_SetAttrShape(void*, const char*, const int64_t*, int)'),
    nodeTensor: f('void TF_SetAttrTensor(void*, const char*, void*, void*)'),
    setShape: f('void TF_GraphSetTensorShape(void*, TF_Output, const int64_t*, int, void*)'),
    outputRank: f('int TF_GraphGetTensorNumDims(void*, TF_Output, void*)'),
    outputDims: f('void TF_GraphGetTensorShape(void*, TF_Output, _Out_ int64_t*, int, void*)'),
    outputType: f('int TF_OperationOutputType(TF_Output)'),
    tryConstant: f('uint8_t TF_TryEvaluateConstant(void*, TF_Output, _Out_ void**, void*)'),
    toFunction: f(
      'void* TF_GraphToFunction(void*, const char*, uint8_t, int, const void*, int, const TF_Output*, int, const TF_Output*, const void*, const void*, const char*, void*)',
    ),
    deleteFunction: f('void TF_DeleteFunction(void*)'),
    // tsl::enable_tensor_float_32_execution and its getter, by their mangled names: no C API. XLA would otherwise use its default.
    setTf32: framework.func('void _ZN3tsl32enable_tensor_float_32_executionEb(bool)'),
    tf32: framework.func('bool _ZN3tsl33tensor_float_32_execution_enabledEv()'),
    /** A copy of a TF_Buffer's bytes. */
    bufferBytes(this: void, buffer: Ptr): Uint8Array {
      const { data, length } = koffi.decode(buffer, 'TF_Buffer') as { data: Ptr; length: number | bigint }
      return new Uint8Array(koffi.view(data, Number(length))).slice()
    },
  }
}

export type CApi = ReturnType<typeof loadCApi>
