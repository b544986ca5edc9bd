/** Files that networks are read from: ONNX, and the `model.json` of Keras and TensorFlow.js. */
export const isNetworkFile = (path: unknown): path is string => typeof path === 'string' && /(\.onnx|(^|[\\/])model\.json)$/.test(path)
