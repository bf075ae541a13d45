import hex.genmodel.MojoModel;

/** Loads each model that is named on the command line: one line for each, "loaded" or the exception. */
public class GenmodelLoad {
    public static void main(String[] paths) {
        for (String path : paths) {
            String verdict = "loaded";
            try {
                MojoModel.load(path);
            } catch (Throwable error) {
                verdict = error.toString().replace('\n', ' ').replace('\r', ' ');
            }
            System.out.println(verdict);
        }
        System.out.flush();
    }
}
