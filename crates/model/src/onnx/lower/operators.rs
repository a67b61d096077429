//! Which operators there are, and from which version on.

use opml_kernels::{Function as F, Pool, Reduction as R};

use super::{Lowering, Outputs, Reason, elementwise::one, is_standard, node_name, refuse};
use crate::onnx::{node::Node, proto::NodeProto};

/// Translates a node.
type Translate = for<'a, 'm> fn(&'a mut Lowering<'m>, &Node<'m>) -> Outputs;

/// The newest version of ONNX's operators that was compared with these translations. Of the operators below, versions 22 to 28
/// changed nothing but the list of their types.
const NEWEST: i64 = 28;
/// The version from which on all operators below mean what they mean now, or are translated by their version.
const OLDEST: i64 = 7;

/// The translation of a node.
pub(super) fn find(node: &NodeProto, opset: i64) -> Result<Translate, Reason> {
    if !is_standard(&node.domain) {
        return refuse("operators of this domain are not translated");
    }
    let (oldest, translate) =
        translation(&node.op_type).ok_or_else(|| Reason::new("this operator is not translated"))?;
    if opset < oldest || opset > NEWEST {
        return refuse(format!("versions {oldest} to {NEWEST} of operators are translated"));
    }
    if node_name(node).is_empty() && node.output.is_empty() {
        return refuse("a node without outputs");
    }
    Ok(translate)
}

/// The oldest version of an operator that is translated, and how.
fn translation(operator: &str) -> Option<(i64, Translate)> {
    let elementwise = elementwise(operator).or_else(|| logic(operator));
    elementwise
        .or_else(|| movement(operator))
        .or_else(|| rows(operator))
        .or_else(|| layers(operator))
}

fn elementwise(operator: &str) -> Option<(i64, Translate)> {
    let translate: (i64, Translate) = match operator {
        "Abs" => (6, |l, n| l.map_one(n, F::Abs)),
        "Acos" => (OLDEST, |l, n| l.map_one(n, F::Acos)),
        "Acosh" => (9, |l, n| l.map_one(n, F::Acosh)),
        "Add" => (OLDEST, |l, n| l.map_two(n, F::Add)),
        "Asin" => (OLDEST, |l, n| l.map_one(n, F::Asin)),
        "Asinh" => (9, |l, n| l.map_one(n, F::Asinh)),
        "Atan" => (OLDEST, |l, n| l.map_one(n, F::Atan)),
        "Atanh" => (9, |l, n| l.map_one(n, F::Atanh)),
        "BitCast" => (26, |l, n| l.reinterpret(n)),
        "Cast" => (6, |l, n| l.convert(n)),
        "CastLike" => (15, |l, n| l.convert_like(n)),
        "Ceil" => (6, |l, n| l.map_one(n, F::Ceil)),
        "Celu" => (12, |l, n| {
            let alpha = n.float("alpha", 1.0);
            l.elu(n, 1.0, alpha, 1.0 / alpha)
        }),
        "Clip" => (6, |l, n| l.clip(n)),
        "Cos" => (OLDEST, |l, n| l.map_one(n, F::Cos)),
        "Cosh" => (9, |l, n| l.map_one(n, F::Cosh)),
        "CumProd" => (26, |l, n| l.cumulate(n, F::Mul, 1.0)),
        "CumSum" => (11, |l, n| l.cumulate(n, F::Add, 0.0)),
        "Div" => (OLDEST, |l, n| l.map_two(n, F::Div)),
        "Dropout" => (OLDEST, |l, n| l.dropout(n)),
        "Elu" => (6, |l, n| {
            let alpha = n.float("alpha", 1.0);
            l.elu(n, 1.0, alpha, 1.0)
        }),
        "Erf" => (9, |l, n| l.map_one(n, F::Erf)),
        "Exp" => (6, |l, n| l.map_one(n, F::Exp)),
        "Floor" => (6, |l, n| l.map_one(n, F::Floor)),
        "Gelu" => (20, |l, n| match n.text("approximate", "none") {
            "tanh" => l.map_one(n, F::GeluTanh),
            _ => l.map_one(n, F::Gelu),
        }),
        "HardSigmoid" => (6, |l, n| {
            let (alpha, beta) = (n.float("alpha", 0.2), n.float("beta", 0.5));
            l.map_with(n, F::HardSigmoid, &[alpha, beta])
        }),
        "HardSwish" => (14, |l, n| l.map_one(n, F::HardSwish)),
        "Identity" => (1, |l, n| l.identity(n)),
        "LeakyRelu" => (6, |l, n| {
            let alpha = n.float("alpha", 0.01);
            l.map_with(n, F::LeakyRelu, &[alpha])
        }),
        "Log" => (6, |l, n| l.map_one(n, F::Log)),
        "Max" => (6, |l, n| l.variadic(n, F::Max)),
        "Mean" => (6, |l, n| l.mean_of_all(n)),
        "Min" => (6, |l, n| l.variadic(n, F::Min)),
        "Mish" => (18, |l, n| l.map_one(n, F::Mish)),
        "Mod" => (10, |l, n| l.modulo(n)),
        "Mul" => (OLDEST, |l, n| l.map_two(n, F::Mul)),
        "Neg" => (6, |l, n| l.map_one(n, F::Neg)),
        "Pow" => (OLDEST, |l, n| l.power_node(n)),
        "PRelu" => (OLDEST, |l, n| l.map_two(n, F::PRelu)),
        "Reciprocal" => (6, |l, n| l.map_one(n, F::Reciprocal)),
        "Relu" => (6, |l, n| l.map_with(n, F::Relu, &[0.0])),
        "Round" => (11, |l, n| l.map_one(n, F::Round)),
        "Selu" => (6, |l, n| {
            let (alpha, gamma) = (n.float("alpha", 1.673_263_2), n.float("gamma", 1.050_701));
            l.elu(n, gamma, alpha, 1.0)
        }),
        "Sigmoid" => (6, |l, n| l.map_one(n, F::Sigmoid)),
        "Sign" => (9, |l, n| l.map_one(n, F::Sign)),
        "Sin" => (OLDEST, |l, n| l.map_one(n, F::Sin)),
        "Sinh" => (9, |l, n| l.map_one(n, F::Sinh)),
        "Softplus" => (1, |l, n| l.map_one(n, F::Softplus)),
        "Softsign" => (1, |l, n| l.map_one(n, F::Softsign)),
        "Sqrt" => (6, |l, n| l.map_one(n, F::Sqrt)),
        "Sub" => (OLDEST, |l, n| l.map_two(n, F::Sub)),
        "Sum" => (6, |l, n| l.variadic(n, F::Add)),
        "Swish" => (24, |l, n| {
            let alpha = n.float("alpha", 1.0);
            one(l.swish(n.input(0)?, alpha))
        }),
        "SwiGLU" => (28, |l, n| l.gated_swish(n)),
        "Tan" => (OLDEST, |l, n| l.map_one(n, F::Tan)),
        "Tanh" => (6, |l, n| l.map_one(n, F::Tanh)),
        "ThresholdedRelu" => (10, |l, n| {
            let alpha = n.float("alpha", 1.0);
            l.map_with(n, F::Threshold, &[alpha])
        }),
        _ => return None,
    };
    Some(translate)
}

fn logic(operator: &str) -> Option<(i64, Translate)> {
    let translate: (i64, Translate) = match operator {
        "And" => (OLDEST, |l, n| l.map_two(n, F::And)),
        "BitShift" => (11, |l, n| l.shift(n)),
        "BitwiseAnd" => (18, |l, n| l.map_two(n, F::And)),
        "BitwiseNot" => (18, |l, n| l.map_one(n, F::Not)),
        "BitwiseOr" => (18, |l, n| l.map_two(n, F::Or)),
        "BitwiseXor" => (18, |l, n| l.map_two(n, F::Xor)),
        "Equal" => (OLDEST, |l, n| l.map_two(n, F::Equal)),
        "Greater" => (OLDEST, |l, n| l.exchanged(n, F::Less)),
        "GreaterOrEqual" => (12, |l, n| l.exchanged(n, F::LessOrEqual)),
        "IsInf" => (10, |l, n| l.infinite(n)),
        "IsNaN" => (9, |l, n| l.map_one(n, F::IsNan)),
        "Less" => (OLDEST, |l, n| l.map_two(n, F::Less)),
        "LessOrEqual" => (12, |l, n| l.map_two(n, F::LessOrEqual)),
        "Not" => (1, |l, n| l.map_one(n, F::Not)),
        "Or" => (OLDEST, |l, n| l.map_two(n, F::Or)),
        "Where" => (9, |l, n| l.choose(n)),
        "Xor" => (OLDEST, |l, n| l.map_two(n, F::Xor)),
        _ => return None,
    };
    Some(translate)
}

fn movement(operator: &str) -> Option<(i64, Translate)> {
    let translate: (i64, Translate) = match operator {
        "CenterCropPad" => (18, |l, n| l.center_crop_pad(n)),
        "Compress" => (9, |l, n| l.compress(n)),
        "Concat" => (4, |l, n| l.concat(n)),
        "Constant" => (1, |l, n| l.constant_node(n)),
        "ConstantOfShape" => (9, |l, n| l.constant_of_shape(n)),
        "DepthToSpace" => (1, |l, n| l.depth(n, true)),
        "Expand" => (8, |l, n| l.expand(n)),
        "EyeLike" => (9, |l, n| l.eye_like(n)),
        "Flatten" => (1, |l, n| l.flatten(n)),
        "Gather" => (1, |l, n| l.gather_node(n)),
        "GatherElements" => (11, |l, n| l.gather_elements_node(n)),
        "GatherND" => (11, |l, n| l.gather_nd(n)),
        "OneHot" => (9, |l, n| l.one_hot_node(n)),
        "Pad" => (2, |l, n| l.pad_node(n)),
        "Range" => (11, |l, n| l.range(n)),
        "Reshape" => (5, |l, n| l.reshape_node(n)),
        "Resize" => (11, |l, n| l.resize(n)),
        "Scatter" => (9, |l, n| l.scatter_elements(n)),
        "ScatterElements" => (11, |l, n| l.scatter_elements(n)),
        "ScatterND" => (11, |l, n| l.scatter_nd(n)),
        "Shape" => (1, |l, n| l.shape_node(n)),
        "Size" => (1, |l, n| l.size_node(n)),
        "Slice" => (1, |l, n| l.slice(n)),
        "SpaceToDepth" => (1, |l, n| l.depth(n, false)),
        "Split" => (2, |l, n| l.split(n)),
        "Squeeze" => (1, |l, n| l.squeeze(n)),
        "Tile" => (6, |l, n| l.tile(n)),
        "Transpose" => (1, |l, n| l.transpose(n)),
        "Trilu" => (14, |l, n| l.triangle(n)),
        "Unsqueeze" => (1, |l, n| l.unsqueeze(n)),
        "Upsample" => (9, |l, n| l.upsample(n)),
        _ => return None,
    };
    Some(translate)
}

fn rows(operator: &str) -> Option<(i64, Translate)> {
    let translate: (i64, Translate) = match operator {
        "ArgMax" => (1, |l, n| l.arg_extreme(n, true)),
        "ArgMin" => (1, |l, n| l.arg_extreme(n, false)),
        "GlobalAveragePool" => (1, |l, n| l.global_pool(n, R::Mean)),
        "GlobalMaxPool" => (1, |l, n| l.global_pool(n, R::Max)),
        "Hardmax" => (1, |l, n| l.hardmax(n)),
        "LogSoftmax" => (1, |l, n| l.softmax_node(n, true)),
        "LpNormalization" => (1, |l, n| l.lp_normalise(n)),
        "ReduceL1" => (1, |l, n| l.reduce_node(n, R::SumMagnitudes)),
        "ReduceL2" => (1, |l, n| l.reduce_then(n, R::SumSquares, F::Sqrt)),
        "ReduceLogSum" => (1, |l, n| l.reduce_then(n, R::Sum, F::Log)),
        "ReduceLogSumExp" => (1, |l, n| l.reduce_log_sum_exp(n)),
        "ReduceMax" => (1, |l, n| l.reduce_node(n, R::Max)),
        "ReduceMean" => (1, |l, n| l.reduce_mean(n)),
        "ReduceMin" => (1, |l, n| l.reduce_node(n, R::Min)),
        "ReduceProd" => (1, |l, n| l.reduce_node(n, R::Product)),
        "ReduceSum" => (1, |l, n| l.reduce_node(n, R::Sum)),
        "ReduceSumSquare" => (1, |l, n| l.reduce_node(n, R::SumSquares)),
        "Softmax" => (1, |l, n| l.softmax_node(n, false)),
        "TopK" => (1, |l, n| l.top_k(n)),
        _ => return None,
    };
    Some(translate)
}

fn layers(operator: &str) -> Option<(i64, Translate)> {
    let translate: (i64, Translate) = match operator {
        "Attention" => (23, |l, n| l.attention(n)),
        "AveragePool" => (OLDEST, |l, n| {
            let padding = n.int("count_include_pad", 0) != 0;
            l.pool_node(n, Pool::Average { padding })
        }),
        "BatchNormalization" => (OLDEST, |l, n| l.batch_norm(n)),
        "CausalConvWithState" => (27, |l, n| l.causal_conv(n)),
        "Conv" => (1, |l, n| l.conv_node(n)),
        "ConvTranspose" => (1, |l, n| l.conv_transpose(n)),
        "DequantizeLinear" => (10, |l, n| l.dequantise(n)),
        "DynamicQuantizeLinear" => (11, |l, n| l.dynamic_quantise(n)),
        "Gemm" => (OLDEST, |l, n| l.gemm(n)),
        "GroupNormalization" => (18, |l, n| {
            let groups = u64::try_from(n.int("num_groups", 1)).unwrap_or(1);
            l.group_norm(n, Some(groups))
        }),
        "If" => (1, |l, n| l.branch(n)),
        "InstanceNormalization" => (6, |l, n| l.group_norm(n, None)),
        "LayerNormalization" => (17, |l, n| l.layer_norm(n, true)),
        "Loop" => (1, |l, n| l.repeat(n)),
        "LpPool" => (2, |l, n| l.lp_pool(n)),
        "LRN" => (1, |l, n| l.local_response_norm(n)),
        "MatMul" => (1, |l, n| l.matmul_node(n)),
        "MatMulInteger" => (10, |l, n| l.matmul_integer(n)),
        "MaxPool" => (1, |l, n| l.pool_node(n, Pool::Max)),
        "MeanVarianceNormalization" => (9, |l, n| l.mean_variance_norm(n)),
        "NegativeLogLikelihoodLoss" => (12, |l, n| l.negative_log_likelihood(n)),
        "QLinearConv" => (10, |l, n| l.quantised_conv(n)),
        "QLinearMatMul" => (10, |l, n| l.quantised_matmul(n)),
        "QuantizeLinear" => (10, |l, n| l.quantise(n)),
        "RMSNormalization" => (23, |l, n| l.layer_norm(n, false)),
        "RotaryEmbedding" => (23, |l, n| l.rotary(n)),
        "Scan" => (9, |l, n| l.scan(n)),
        "SoftmaxCrossEntropyLoss" => (12, |l, n| l.softmax_cross_entropy(n)),
        _ => return None,
    };
    Some(translate)
}
