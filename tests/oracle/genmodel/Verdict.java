import hex.genmodel.CategoricalEncoding;
import hex.genmodel.MojoModel;
import hex.genmodel.algos.glrm.GlrmMojoModel;
import hex.genmodel.algos.word2vec.Word2VecMojoModel;
import hex.genmodel.algos.tree.CalibrationMojoHelper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the real h2o-genmodel makes of models: for each path on stdin one line on stdout, tab-separated:
 * path, "rejected" or "unscorable" or "scored", and the exception or a digest of what the model is and answers.
 *
 * Rows are made from the model's own number of features, so that two models with the same digest have the same columns,
 * levels and counts and give the same answers.
 */
public class Verdict {
    public static void main(String[] arguments) throws Exception {
        BufferedReader paths = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String path;
        while ((path = paths.readLine()) != null) {
            System.out.println(path + "\t" + judge(path).replace('\n', ' '));
            System.out.flush();
        }
    }

    private static String judge(String path) {
        MojoModel model;
        try {
            model = MojoModel.load(path);
        } catch (Throwable error) {
            return "rejected\t" + name(error);
        }
        try {
            return "scored\t" + Integer.toHexString(describe(model).hashCode()) + " " + Integer.toHexString(score(model));
        } catch (Throwable error) {
            return "unscorable\t" + name(error);
        }
    }

    private static String name(Throwable error) {
        String text = String.valueOf(error.getMessage());
        return error.getClass().getSimpleName() + ": " + text.substring(0, Math.min(text.length(), 100)).replace('\t', ' ');
    }

    private static String describe(MojoModel model) {
        return model.getModelCategory() + " " + model.nfeatures() + " " + model.nclasses() + " " + model.isSupervised()
            + " " + Arrays.toString(model.getNames()) + " " + Arrays.deepToString(model.getDomainValues())
            + " " + model.getOffsetName() + " " + encoding(model)
            + " " + Arrays.toString(model.getOrigNames()) + " " + Arrays.deepToString(model.getOrigDomainValues());
    }

    private static CategoricalEncoding encoding(MojoModel model) {
        CategoricalEncoding found = model.getCategoricalEncoding();
        if (found == null)
            throw new IllegalStateException("no categorical encoding");
        return found;
    }

    private static int score(MojoModel model) {
        if (model instanceof Word2VecMojoModel)
            return words((Word2VecMojoModel) model);
        int width = model.nfeatures();
        int digest = 1;
        for (int round = 0; round < 120; round++) {
            double[] row = row(model, width, round);
            double[] answers = new double[Math.max(model.getPredsSize(model.getModelCategory()), 1)];
            model.score0(row, answers);
            digest = 31 * digest + Arrays.hashCode(answers);
            if (model instanceof GlrmMojoModel)
                digest = 31 * digest + Arrays.hashCode(reconstruct((GlrmMojoModel) model, answers));
            if (model instanceof CalibrationMojoHelper.MojoModelWithCalibration && answers.length > 1) {
                CalibrationMojoHelper.calibrateClassProbabilities(
                    (CalibrationMojoHelper.MojoModelWithCalibration) model, answers);
                digest = 31 * digest + Arrays.hashCode(answers);
            }
        }
        if (model instanceof CalibrationMojoHelper.MojoModelWithCalibration && model.nclasses() == 2)
            digest = 31 * digest + calibrated((CalibrationMojoHelper.MojoModelWithCalibration) model);
        return digest;
    }

    /** Calibrates probabilities that our rows may not happen to have. */
    private static int calibrated(CalibrationMojoHelper.MojoModelWithCalibration model) {
        int digest = 1;
        for (int step = 0; step <= 50; step++) {
            double[] answers = {0, 1 - step / 50.0, step / 50.0};
            CalibrationMojoHelper.calibrateClassProbabilities(model, answers);
            digest = 31 * digest + Arrays.hashCode(answers);
        }
        return digest;
    }

    private static double[] reconstruct(GlrmMojoModel model, double[] factors) {
        return GlrmMojoModel.impute_data(factors, new double[model._nnums + model._ncats], model._nnums, model._ncats,
            model._permutation, model._reverse_transform, model._normMul, model._normSub, model._losses,
            model._transposed, model._archetypes_raw, model._catOffsets, model._numLevels);
    }

    private static double[] row(MojoModel model, int width, int round) {
        double[] row = new double[width];
        int seed = round * 7919 + 13;
        for (int column = 0; column < width; column++) {
            seed = seed * 1103515245 + 12345;
            int draw = (seed >>> 16) & 0x7fff;
            String[] levels = model.getDomainValues(column);
            if (draw % 11 == 0)
                row[column] = Double.NaN;
            else if (levels != null && levels.length > 0)
                row[column] = draw % levels.length;
            else
                row[column] = (draw % 2000) / 100.0 - 10.0;
        }
        return row;
    }

    private static int words(Word2VecMojoModel model) {
        int digest = 1;
        for (String word : new String[] {"casa azul", "\u00e1gua", "c\u00e3o", "gato", "none"}) {
            float[] vector = new float[model.getVecSize()];
            float[] found = model.transform0(word, vector);
            digest = 31 * digest + (found == null ? 0 : Arrays.hashCode(found));
        }
        return digest;
    }
}
