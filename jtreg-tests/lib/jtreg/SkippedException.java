package jtreg;

/** What jtreg knows by this name: the test could not find out anything here, and says what it lacks. */
public class SkippedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SkippedException(String why) {
        super(why);
    }
}
