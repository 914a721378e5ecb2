package impasto.tensorrt;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may use whom. */
@AnalyzeClasses(packages = "impasto.tensorrt", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule plansAreBuiltAndRunWithoutTheEngine =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("impasto.tensorrt.engine..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "impasto.tensorrt.engine..", "ai.djl.ndarray", "ai.djl.nn..");

    @ArchTest
    static final ArchRule thisIsAnEngineForEverybody =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("impasto.model..", "org.apache.flink..");

    @ArchTest
    static final ArchRule packagesDependOnOneAnotherInOneDirection =
            slices().matching("impasto.tensorrt.(*)..").should().beFreeOfCycles();
}
